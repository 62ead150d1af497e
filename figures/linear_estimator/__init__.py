"""Figures on linear estimators."""

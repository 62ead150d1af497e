"""Protocols on linear estimators."""

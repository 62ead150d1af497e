"""Figures on the quadratic bowl."""

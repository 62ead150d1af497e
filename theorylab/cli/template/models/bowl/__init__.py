"""A quadratic bowl."""

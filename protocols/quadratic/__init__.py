"""Protocols on the quadratic bowl."""

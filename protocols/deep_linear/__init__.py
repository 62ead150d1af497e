"""Protocols on deep linear networks."""

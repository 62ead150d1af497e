"""Protocols on diagonal linear networks."""

"""Figures on diagonal linear networks."""

"""Figures of the bowl."""

"""Figures on toy models of superposition."""

"""Protocols on toy models of superposition."""

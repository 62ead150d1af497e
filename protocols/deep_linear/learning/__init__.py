"""Protocols on deep linear networks: how modes are learned."""

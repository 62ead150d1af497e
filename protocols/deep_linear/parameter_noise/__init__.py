"""Protocols on deep linear networks: noise on the parameters."""

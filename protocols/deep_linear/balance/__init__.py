"""Protocols on deep linear networks: the imbalance of factors under noise."""

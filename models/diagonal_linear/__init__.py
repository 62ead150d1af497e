"""Diagonal linear networks: sparsity from the way weights multiply."""

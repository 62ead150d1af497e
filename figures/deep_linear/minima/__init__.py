"""Figures on deep linear networks: the geometry of minima and how noise shares them."""

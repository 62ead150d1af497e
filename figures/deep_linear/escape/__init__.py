"""Figures on deep linear networks: escapes from saddles and from the origin."""

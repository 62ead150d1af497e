"""Claims about deep linear networks, one idea per module."""

"""Claims about diagonal linear networks."""

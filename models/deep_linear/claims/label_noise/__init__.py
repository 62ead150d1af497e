"""Claims on deep linear networks: what label noise does to the product."""

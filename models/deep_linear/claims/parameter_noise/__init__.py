"""Claims on deep linear networks: noise on the parameters."""

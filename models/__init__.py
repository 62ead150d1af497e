"""One room per model: its loss in symbols and in JAX, its task data, and the claims about it (`claims/`)."""

"""Claims about the noise of a batch gradient."""

"""Claims about the bowl."""

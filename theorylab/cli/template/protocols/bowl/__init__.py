"""Questions about the bowl."""

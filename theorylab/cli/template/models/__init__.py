"""One room per model."""

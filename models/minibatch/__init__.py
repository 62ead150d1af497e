"""Sampling a batch from a finite data set: what the noise of its gradient is."""

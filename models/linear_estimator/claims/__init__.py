"""Claims about the linear estimator, one idea per module."""

"""Claims about the quadratic bowl, one idea per module."""

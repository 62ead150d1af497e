"""A quadratic bowl: where every noise has an exact stationary law."""

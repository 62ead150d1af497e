"""Claims about the toy model of superposition, one idea per module."""

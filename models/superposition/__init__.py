"""Toy model of superposition: more features than dimensions, one active at a time, behind a ReLU."""

"""Toy model of superposition: more features than dimensions, one active at a time, a ReLU that forgives interference."""

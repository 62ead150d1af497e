"""The deep linear room: products of matrices, learned mode by mode."""

"""Deep linear networks of matrices W_L ... W_1: starts, teachers, minima, label noise, posterior."""

"""Chains of scalar factors, the depth-L product x = w_L ... w_1 against one target."""

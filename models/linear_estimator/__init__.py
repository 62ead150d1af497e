"""The linear estimator: a student learns a linear teacher on a finite training set; grokking, solvably."""

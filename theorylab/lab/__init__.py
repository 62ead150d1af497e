"""A lab: its folders, its protocols, and what its records say."""

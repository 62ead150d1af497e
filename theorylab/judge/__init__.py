"""The arithmetic of a verdict: intervals against margins, planned looks, families of cells."""

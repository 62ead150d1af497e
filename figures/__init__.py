"""One figure per file, a pure function of records; the drawn files lie under `figures/out/`."""

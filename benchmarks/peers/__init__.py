"""One file per peer; each has `contestants(workload)` -> {peer name: contestant}, empty where it has none."""

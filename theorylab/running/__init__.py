"""Running: having the missing chunks of records computed, in this process or on many machines."""

"""The log remembers, the hub tells."""

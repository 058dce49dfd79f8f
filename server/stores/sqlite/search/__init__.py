"""The words of all three domains in one index."""

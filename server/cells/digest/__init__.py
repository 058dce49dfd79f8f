"""Reading a series in: checked, and made into steps, cycles, an overview and windows, in one pass."""

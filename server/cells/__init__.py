"""The lab: what comes in is checked, digested and kept; charts, steps and cycles are read from what was made."""

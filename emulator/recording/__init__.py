"""Captures made by `busbar record`, served again: `busbar emulate --replay` calls `replay.replayed_panel(path, ...)`.

The panel that it returns is an EmulatedPanel like any other: it goes into `serving`, has a clock, a door, clients,
faults and a journal. Only what it shows comes from the capture.
"""

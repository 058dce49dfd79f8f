"""Panels, circuits and branches in the graph."""

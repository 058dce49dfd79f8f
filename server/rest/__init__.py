"""The compatible HTTP faces, beside the graph."""

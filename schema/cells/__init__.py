"""Battery cells in the graph."""

"""The plant in the graph."""

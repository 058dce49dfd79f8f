"""What a browser is given: the page of the graph."""

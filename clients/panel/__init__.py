"""SPAN panels: the nouns, and the client that speaks the panel's HTTP API v1."""

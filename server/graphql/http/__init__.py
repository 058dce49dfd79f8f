"""The graph over HTTP: requests in, answers out."""

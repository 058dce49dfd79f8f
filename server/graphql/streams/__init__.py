"""The graph over event streams: graphql-sse."""

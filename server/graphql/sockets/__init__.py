"""The graph over WebSocket: graphql-transport-ws."""

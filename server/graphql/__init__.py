"""The GraphQL edge: how requests and sockets reach the schema."""

"""The API: Strawberry types, resolvers, and what they ask of the world."""

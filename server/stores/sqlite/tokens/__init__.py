"""API tokens on SQLite."""

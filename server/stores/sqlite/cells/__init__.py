"""The lab on SQLite."""

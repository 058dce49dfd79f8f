"""Running tests: rows as they are measured, kept in chunks, followed while they come."""

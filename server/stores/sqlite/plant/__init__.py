"""The plant's store on SQLite."""

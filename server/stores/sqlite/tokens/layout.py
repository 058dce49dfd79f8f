"""The table of the API tokens, by their hashes alone. `panels` is a list in JSON, null for all there are."""

from __future__ import annotations

STATEMENTS = (
    (
        "CREATE TABLE api_token (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, sha256 BLOB NOT NULL UNIQUE,"
        " scope TEXT NOT NULL, panels TEXT, created_at_us INTEGER NOT NULL, expires_at_us INTEGER) WITHOUT ROWID"
    ),
)

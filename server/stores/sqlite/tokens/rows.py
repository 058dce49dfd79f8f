"""Tokens as rows."""

from __future__ import annotations

import json
from typing import Any

from schema.ports import Scope, Viewer
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.instants import from_us, to_us
from server.stores.tokens import TokenRecord

COLUMNS = "id, name, sha256, scope, panels, created_at_us, expires_at_us"


def all_tokens(connection: Connection) -> list[TokenRecord]:
    """Every token, the oldest first."""
    rows = connection.execute(f"SELECT {COLUMNS} FROM api_token ORDER BY created_at_us, id")  # noqa: S608 (ours)
    return [_record(row) for row in rows]


def as_row(record: TokenRecord) -> tuple[Any, ...]:
    """The record, in the order of `COLUMNS`."""
    viewer, expires_at = record.viewer, record.expires_at
    panels = None if viewer.panels is None else json.dumps(sorted(viewer.panels))
    expires_at_us = None if expires_at is None else to_us(expires_at)
    return record.id, record.name, record.sha256, viewer.scope.word, panels, to_us(record.created_at), expires_at_us


def _record(row: tuple[Any, ...]) -> TokenRecord:
    token_id, name, sha256, scope, panels, created_at_us, expires_at_us = row
    viewer = Viewer(Scope[scope.upper()], None if panels is None else frozenset(json.loads(panels)))
    expires_at = None if expires_at_us is None else from_us(expires_at_us)
    return TokenRecord(token_id, name, sha256, viewer, from_us(created_at_us), expires_at)

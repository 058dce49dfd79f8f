"""What tokens look like to people and to programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from server.cli.panel_shown import table
from server.cli.screens import printable

if TYPE_CHECKING:
    from server.stores.tokens import TokenRecord

Row = Mapping[str, Any]


def row_of(record: TokenRecord, now: datetime) -> Row:
    """All that is known of a token; times are UTC."""
    panels, expires_at = record.viewer.panels, record.expires_at
    return {
        "id": record.id,
        "name": record.name,
        "scope": record.viewer.scope.word,
        "panels": None if panels is None else sorted(panels),
        "created_at": _time(record.created_at),
        "expires_at": None if expires_at is None else _time(expires_at),
        "expired": record.has_expired(now),
    }


def created(text: str, record: TokenRecord) -> None:
    """The token alone on standard output, so that a script can take it, and what to know about it beside."""
    end = "never expires" if record.expires_at is None else f"expires {_time(record.expires_at)}"
    click.echo(text)
    click.echo(
        f"This is shown once. {record.id}, scope {record.viewer.scope.word}, {end}. Clients of busbar take it from"
        " BUSBAR_TOKEN; from now on every request needs a token.",
        err=True,
    )


def listed(rows: Sequence[Row]) -> None:
    """One token a line."""
    if not rows:
        click.echo("There is no token; make one with `busbar token create NAME --scope read`.")
    table(
        ("id", "name", "scope", "panels", "created", "expires"),
        [(row["id"], row["name"], row["scope"], _panels(row), row["created_at"], _end(row)) for row in rows],
    )


def revoked(record: TokenRecord, *, is_last: bool) -> None:
    """Which, and what that means."""
    then = " No token is left: on 127.0.0.1 nobody needs one now." if is_last else ""
    click.echo(printable(f"{record.name} ({record.id}) is revoked; what it had open ends within seconds.{then}"))


def json_line(row: Row) -> None:
    """One object in a line."""
    click.echo(json.dumps(row, ensure_ascii=False))


def _panels(row: Row) -> str:
    return "all" if row["panels"] is None else ", ".join(row["panels"])


def _end(row: Row) -> str:
    return f"{row['expires_at'] or 'never'}{' (expired)' * row['expired']}"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")

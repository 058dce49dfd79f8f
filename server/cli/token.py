"""`busbar token ...`: who may ask the server, whether it runs or not. A running one notices within seconds."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec

import click

from schema.ports import Scope, Viewer
from server.cli.durations import Duration
from server.cli.errors import CommandError
from server.cli.token_shown import Row, created, json_line, listed, revoked, row_of
from server.clock import Clock
from server.security.tokens import hashed, new_token
from server.stores.errors import StoreError
from server.stores.tokens import TokenError, TokenRecord

if TYPE_CHECKING:
    from server.config import Config
    from server.stores.sqlite.tokens.file import TokenFile

P = ParamSpec("P")

CLOCK = Clock()
ID_PREFIX, ID_BYTES = "tok_", 6
MAX_NAME_CHARACTERS, MAX_PANELS = 100, 1_000
LONGEST_S = 10 * 365 * 86_400.0


@click.group()
def token() -> None:
    """Make, list and revoke API tokens.

    On 127.0.0.1 busbar wants none until the first one exists; from then on everybody needs one, and on any other
    address it does not start without. docs/security.md says what each scope is for.
    """


def _on_the_data(command: Callable[Concatenate[Config, P], None]) -> Callable[P, None]:
    """The options that say whose tokens: those of the server with this configuration, or in this folder."""

    @click.option("--data", type=click.Path(path_type=Path), help="Folder of the database. [default: var/busbar]")
    @click.option("--config", "path", type=click.Path(path_type=Path), help="The server's TOML file.")
    @wraps(command)
    def with_config(*given: P.args, **options: P.kwargs) -> None:
        from server.cli.configured import configured  # noqa: PLC0415 (settings are slow to import; --help wants none)

        data, path = options.pop("data"), options.pop("path")
        command(configured({"server": {"data": data}} if data else {}, path), *given, **options)  # type: ignore[arg-type]  # click's own options, above

    return with_config


@token.command()
@click.argument("name")
@click.option("--scope", type=click.Choice([each.word for each in Scope]), required=True, help="What it is for.")
@click.option("--expires", type=Duration(1, LONGEST_S), help="How long it is good for, as 30d or 12h. [default: ever]")
@click.option("--panel", "panels", multiple=True, metavar="SERIAL", help="Only this panel; may be given again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@_on_the_data
def create(
    config: Config, name: str, scope: str, expires: float | None, panels: tuple[str, ...], *, as_json: bool
) -> None:
    """Make a token and show it, this once: only its hash is kept.

    read looks and watches; control also switches relays, runs the plant and changes the lab's rows; admin also adds
    panels and wires machines.
    """
    text, now = new_token(secrets.token_bytes), CLOCK.now()
    viewer = Viewer(Scope[scope.upper()], _panels(panels))
    token_id = ID_PREFIX + secrets.token_hex(ID_BYTES)
    record = TokenRecord(token_id, _name(name), hashed(text), viewer, now, _expiry(now, expires))
    with _file(config, makes=True) as file:
        file.add(record, config.security.max_tokens)
    if as_json:
        json_line({**row_of(record, now), "token": text})
    else:
        created(text, record)


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_on_the_data
def list_(config: Config, *, as_json: bool) -> None:
    """Show the tokens: what each is for, and until when. The tokens themselves are nowhere."""
    with _file(config) as file:
        rows: list[Row] = [row_of(record, CLOCK.now()) for record in file.all()]
    if not as_json:
        listed(rows)
        return
    for row in rows:
        json_line(row)


@token.command()
@click.argument("id_or_name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@_on_the_data
def revoke(config: Config, id_or_name: str, *, as_json: bool) -> None:
    """Let a token in no more; its live feeds end within seconds."""
    with _file(config) as file:
        record, left = file.revoke(id_or_name), len(file.all())
    if as_json:
        json_line(row_of(record, CLOCK.now()))
    else:
        revoked(record, is_last=not left and not config.tokens)


@contextmanager
def _file(config: Config, *, makes: bool = False) -> Iterator[TokenFile]:
    from server.config import DATABASE_FILE  # noqa: PLC0415 (as above)
    from server.stores.sqlite.tokens.file import make_missing, opened  # noqa: PLC0415

    path = config.server.data / DATABASE_FILE
    try:
        if makes:
            make_missing(path)
        with opened(path) as file:
            yield file
    except (StoreError, TokenError) as error:
        raise CommandError(str(error)) from None


def _name(name: str) -> str:
    if not (name.isprintable() and name.strip() == name and 0 < len(name) <= MAX_NAME_CHARACTERS):
        raise CommandError(f"a token's name has 1 to {MAX_NAME_CHARACTERS} visible characters, no space at its ends")
    if name.startswith(ID_PREFIX):
        raise CommandError(f"names do not begin with {ID_PREFIX}, as ids do: choose another")
    return name


def _panels(serials: tuple[str, ...]) -> frozenset[str] | None:
    if len(serials) > MAX_PANELS:
        raise CommandError(f"a token is for {MAX_PANELS:,} panels at most, or without --panel for all there are")
    for serial in serials:
        if not (serial.isprintable() and 0 < len(serial) <= MAX_NAME_CHARACTERS and " " not in serial):
            raise CommandError(
                f"{serial[:100]!r} is no panel's serial; `busbar watch` and the query `panels` show them"
            )
    return frozenset(serials) or None


def _expiry(now: datetime, expires_s: float | None) -> datetime | None:
    return None if expires_s is None else now + timedelta(seconds=expires_s)

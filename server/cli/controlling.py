"""What all of `busbar panel ...` share: where the control is, whom it concerns, and how an answer is shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

from server.cli.errors import CommandError
from server.cli.screens import printable

if TYPE_CHECKING:
    from clients.emulator import Change, EmulatorClient

P = ParamSpec("P")
T = TypeVar("T")

DEFAULT_URL = "http://127.0.0.1:8179"
SENTENCE = 200
"""Characters of a command's first sentence."""

Row = Mapping[str, Any]
Show = Callable[[Row], None]

OPTIONS = (
    click.option("--url", default=DEFAULT_URL, show_default=True, help="Where the emulator's control is."),
    click.option("--panel", default="*", show_default="all of them", help="The panel's serial or port."),
    click.option(
        "--token",
        envvar="BUSBAR_EMULATOR_TOKEN",
        show_envvar=True,
        help="The control's token, where it has one.",
    ),
    click.option("--as", "as_name", metavar="NAME", help="Who the command log says you are. [default: your address]"),
    click.option("--json", "as_json", is_flag=True, help="One JSON object a line."),
)


@dataclass(frozen=True, slots=True)
class Controlling:
    """One run of a command: its common options, and the two things that commands do."""

    url: str
    panel: str
    token: str | None
    as_name: str | None
    as_json: bool

    def change(self, verb: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Have something done, and tell of each panel in a line when and in which order it was."""
        given = {key: value for key, value in (arguments or {}).items() if value is not None}
        for done in self._ask(lambda emulator: emulator.change(verb, given, self.panel)):
            click.echo(_json(_fields(done)) if self.as_json else printable(_told(done)))

    def read(self, verb: str, show: Show, filters: Mapping[str, str | int | None] | None = None) -> None:
        """Look, and show what each panel answers."""
        given = {key: value for key, value in (filters or {}).items() if value is not None}
        self.show(self._ask(lambda emulator: emulator.read(verb, self.panel, **given)), show)

    def panels(self, show: Show) -> None:
        """Show every panel in short."""
        self.show(self._ask(lambda emulator: emulator.panels()), show)

    def show(self, rows: Sequence[Row], show: Show) -> None:
        """Each row, as JSON where that is wanted."""
        for row in rows:
            if self.as_json:
                click.echo(_json(row))
            else:
                show(row)

    def _ask(self, question: Callable[[EmulatorClient], Awaitable[T]]) -> T:
        from clients.emulator import EmulatorClient  # noqa: PLC0415 (httpx is not wanted for --help)
        from clients.errors import ClientError  # noqa: PLC0415

        async def ask() -> T:
            async with EmulatorClient(self.url, token=self.token, name=self.as_name) as emulator:
                return await question(emulator)

        try:
            return asyncio.run(ask())
        except (ClientError, ValueError) as error:
            raise CommandError(printable(str(error))) from None


class Commands(click.Group):
    """A group that tells each command's first sentence whole."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list, by alphabet."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, self.commands[name].get_short_help_str(SENTENCE)) for name in self.list_commands(ctx)]
            )


def controlling(command: Callable[Concatenate[Controlling, P], None]) -> Callable[P, None]:
    """Give a command the common options as its first argument."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        common = {name: kwargs.pop(name) for name in ("url", "panel", "token", "as_name", "as_json")}
        command(Controlling(**common), *args, **kwargs)  # type: ignore[arg-type]  # click has checked them

    for option in reversed(OPTIONS):
        run = option(run)
    return run


def time_of(tick: int) -> str:
    """Epoch seconds as a time."""
    return datetime.fromtimestamp(tick, UTC).isoformat().replace("+00:00", "Z")


def in_words(answer: Row) -> str:
    """An answer's fields in a line."""
    return ", ".join(f"{key} {value if isinstance(value, str) else _json(value)}" for key, value in answer.items())


def _told(done: Change) -> str:
    said = in_words(done.answer)
    return f"{done.serial}  #{done.order}  {time_of(done.tick)}  {done.verb}{': ' if said else ''}{said}"


def _fields(done: Change) -> Row:
    return {name: getattr(done, name) for name in done.__slots__}


def _json(row: object) -> str:
    return json.dumps(row, separators=(",", ":"))

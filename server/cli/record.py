"""`busbar record`: what a real panel answers, in a file that the emulator replays and that may be shown to others."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from typing import BinaryIO

import click

from clients.errors import ClientError
from clients.panel.capture import CaptureWriter
from clients.panel.client import SpanPanelClient
from clients.panel.exceptions import SpanPanelLockedError
from clients.panel.recording import RecordingTransport
from clients.panel.redaction import Redaction
from server.cli.durations import Duration
from server.cli.errors import CommandError
from server.cli.poll_bar import poll_bar
from server.panel.record import PanelRecorder, Plan
from server.panel.visit import Visit, leave, visit

TOKEN_VARIABLE = "BUSBAR_PANEL_TOKEN"  # noqa: S105  # its name
TIMEOUT_S = 10.0
DEFAULT_FOR_S = 600.0
LONGEST_S = 7 * 86_400.0
MAX_MEGABYTES = 256
MAX_POLLS = 10_000_000

_SERIAL = re.compile(r"[A-Za-z0-9._-]{1,64}")


@click.command()
@click.option("--host", required=True, help="The panel's name or address.")
@click.option("--port", type=click.IntRange(1, 65_535), default=80, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The capture to write; must not be there.")
@click.option("--for", "for_s", type=Duration(1, LONGEST_S), help="How long, as 90s, 10m, 1h.  [default: 10m]")
@click.option("--polls", type=click.IntRange(1, MAX_POLLS), help="How many polls, instead of how long.")
@click.option(
    "--every", "every_s", type=Duration(0.1, 86_400), default="1s", show_default=True, help="From poll to poll."
)
@click.option(
    "--token",
    envvar=TOKEN_VARIABLE,
    show_envvar=True,
    help="A token of this panel. Without one busbar registers, which wants the door button pressed three times,"
    " and takes that registration back at the end.",
)
@click.option("--serial", "new_serial", metavar="NEW", help="Show this serial instead of the panel's own.")
@click.option(
    "--max-mb", type=click.IntRange(1, MAX_MEGABYTES), default=MAX_MEGABYTES, show_default=True, help="Stop at this."
)
@click.option("--json", "as_json", is_flag=True, help="Sum up in one line of JSON.")
def record(
    host: str,
    port: int,
    out: Path,
    for_s: float | None,
    polls: int | None,
    every_s: float,
    token: str | None,
    new_serial: str | None,
    max_mb: int,
    *,
    as_json: bool,
) -> None:
    """Record what a panel answers, for `busbar emulate --replay`.

    The capture holds no token and no name of a wireless network; circuits keep their names. Ctrl-C ends it early, and
    what was written until then is a whole capture.
    """
    if new_serial is not None and not _SERIAL.fullmatch(new_serial):
        raise click.UsageError(f"--serial {new_serial!r:.40} is not 1 to 64 letters, digits, dots, dashes")
    plan = Plan(every_s, DEFAULT_FOR_S if for_s is None and polls is None else for_s, polls)
    recording = _Recording(host, port, plan, max_mb * 1_000_000)
    with _created(out) as stream:
        met = _met(recording, token, out)
        try:
            recorder, writer = recording.record(met, stream, new_serial)
        except OSError as error:
            raise CommandError(f"{out} cannot be written on: {error.strerror}; its last line may be cut") from None
    click.echo(_summary(out, recorder, writer, as_json=as_json))


@dataclass(frozen=True, slots=True)
class _Recording:
    """One panel, from the first question to the last."""

    host: str
    port: int
    plan: Plan
    max_bytes: int

    async def visit(self, token: str | None) -> Visit:
        """Get in before anything is recorded. ClientError, ValueError."""
        async with SpanPanelClient(self.host, self.port, TIMEOUT_S) as client:
            return await visit(client, token, SystemRandom())

    def record(self, met: Visit, stream: BinaryIO, new_serial: str | None) -> tuple[PanelRecorder, CaptureWriter]:
        """Record until the plan is carried out or Ctrl-C."""
        redaction = Redaction(serial=met.serial, token=met.token, new_serial=new_serial)
        writer = CaptureWriter(stream, redaction, max_bytes=self.max_bytes, monotonic=time.monotonic)
        client = SpanPanelClient(
            self.host,
            self.port,
            TIMEOUT_S,
            cache_window=min(1.0, self.plan.every_s / 2),  # a poll's circuits use its panel state; the next asks again
            access_token=met.token,
            transport=RecordingTransport(writer.keep),
        )
        recorder = PanelRecorder(client, writer, self.plan, monotonic=time.monotonic, sleep=asyncio.sleep)
        writer.begin(datetime.now(UTC), self.plan.every_s)
        with contextlib.suppress(KeyboardInterrupt):  # an early end is an end: each line that was written is whole
            asyncio.run(self._run(client, recorder, met))
        return recorder, writer

    async def _run(self, client: SpanPanelClient, recorder: PanelRecorder, met: Visit) -> None:
        async with client:
            try:
                with poll_bar(self.plan) as advance:
                    await recorder.run(advance)
            finally:
                with contextlib.suppress(ClientError):  # the panel went away; its owner finds the client's description
                    await leave(client, met)


def _created(out: Path) -> BinaryIO:
    try:
        return out.open("xb")
    except FileExistsError:
        raise CommandError(f"{out} is there already; choose another name, or remove it first") from None
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror}") from None


def _met(recording: _Recording, token: str | None, out: Path) -> Visit:
    """Get in, or leave no empty file behind and say why."""
    try:
        return asyncio.run(recording.visit(token))
    except SpanPanelLockedError as error:
        reason = f"{error}; or give a token by {TOKEN_VARIABLE}"
    except (ClientError, ValueError) as error:
        reason = str(error)
    except KeyboardInterrupt:
        reason = "interrupted before anything was recorded"
    out.unlink()
    raise CommandError(reason)


def _summary(out: Path, recorder: PanelRecorder, writer: CaptureWriter, *, as_json: bool) -> str:
    summed = {
        "out": str(out),
        "ended": recorder.ended,
        "polls": recorder.polls,
        "answers": writer.answers,
        "failures": recorder.failures,
        "bytes": writer.written_bytes,
    }
    if as_json:
        return json.dumps(summed)
    text = "{out}: {answers} answers of {polls} polls, {bytes:,} bytes, {failures} failures; ended by {ended}"
    return f"{text.format_map(summed)}\nReplay it: busbar emulate --replay {out}"

"""A capture: what a panel answered, as JSON Lines without secrets, to be replayed by `busbar emulate --replay`.

The first line is the header, each other line an answer: `at_s` is seconds since the first line, `body` is the text as
it came (`body_base64` where it is no text). docs/emulator.md describes the format; a change of it changes VERSION.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import BinaryIO

import orjson

from clients.panel.link import BASE
from clients.panel.recording import Exchange
from clients.panel.redaction import Redaction

FORMAT, VERSION = "busbar-capture", 1


class CaptureWriter:
    """Writes each answer at once and whole, so that the file is valid whenever the program ends.

    `is_full` once `max_bytes` are written; nothing is written from then on.
    """

    def __init__(
        self, stream: BinaryIO, redaction: Redaction, *, max_bytes: int, monotonic: Callable[[], float]
    ) -> None:
        self._stream, self._redaction, self._max_bytes = stream, redaction, max_bytes
        self._monotonic = monotonic
        self._began = monotonic()
        self.answers = 0
        self.written_bytes = 0
        self.is_full = False

    def begin(self, recorded_at: datetime, every_s: float) -> None:
        """Write the header; the offsets count from now."""
        self._began = self._monotonic()
        self._write(
            {
                "format": FORMAT,
                "version": VERSION,
                "recorded_at": recorded_at.isoformat(),
                "serial": self._redaction.shown_serial,
                "every_s": every_s,
            }
        )

    def keep(self, exchange: Exchange) -> None:
        """Write an answer, redacted; only what was read is kept: an answer to a change may hold a token."""
        if exchange.method != "GET" or not exchange.path.startswith(BASE):
            return
        redacted = self._redaction.of(exchange)
        line: dict[str, object] = {
            "at_s": round(self._monotonic() - self._began, 3),
            "method": redacted.method,
            "path": redacted.path,
            "status": redacted.status,
            "headers": dict(redacted.headers),
        }
        try:
            line["body"] = redacted.body.decode()
        except UnicodeDecodeError:
            line["body_base64"] = base64.b64encode(redacted.body).decode()
        self.answers += self._write(line)

    def _write(self, line: dict[str, object]) -> bool:
        data = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
        self.is_full = self.is_full or self.written_bytes + len(data) > self._max_bytes
        if self.is_full:
            return False
        self._stream.write(data)
        self._stream.flush()
        self.written_bytes += len(data)
        return True

"""Times on the command line: `10m`, `1.5h`, `90s`, or plain seconds."""

from __future__ import annotations

import re

import click

UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|m|h|d)?")


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic only in newer releases of click
    """Seconds from `low_s` to `high_s`."""

    name = "duration"

    def __init__(self, low_s: float, high_s: float) -> None:
        self._low_s, self._high_s = low_s, high_s

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds; a usage error says what is allowed."""
        found = _DURATION.fullmatch(str(value).strip().lower())
        seconds = float(found[1]) * UNITS_S[found[2] or "s"] if found else -1.0
        if not found or not self._low_s <= seconds <= self._high_s:
            self.fail(f"{str(value)[:40]!r} is not a time such as 90s, 10m or 1h, of {self._range}", param, ctx)
        return seconds

    @property
    def _range(self) -> str:
        return f"{self._low_s:g} to {self._high_s:,.0f} seconds"

"""The demo's emulated panels, in a process of their own, as a user's would be."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Self

PILOT = "pilot-plant-40"
"""The panel that the plant hangs on."""
PANELS = ("house-32", PILOT)
FIRST_PANEL = 180
HIGHEST_PORT = 65_535 - FIRST_PANEL - len(PANELS)
SEED = 7
STOP_S = 5.0


class DemoError(Exception):
    """The emulated panels did not start; they have said why on standard error."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One emulated panel: where it is and what it is called."""

    name: str
    host: str
    port: int
    serial: str
    tabs: int
    control: str


class EmulatedPanels:
    """The panels' process: started on entering, waited for, and ended on leaving."""

    def __init__(self, port: int) -> None:
        configs = [word for name in PANELS for word in ("--config", name)]
        options = ["--port", str(port + FIRST_PANEL), "--seed", str(SEED), "--unlocked", "--json"]
        self._command = [sys.executable, "-m", "server", "emulate", *configs, *options]
        self.shown: list[Shown] = []

    def __enter__(self) -> Self:
        """Start the process and read one line of each panel. Raises DemoError."""
        self._process = subprocess.Popen(  # noqa: S603 (our own command, no shell)
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        try:
            self.shown = [self._next(name) for name in PANELS]
        except BaseException:  # Ctrl-C too: a failed entry is never left, and the process would stay
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process, whatever happened."""
        self._stop()

    def _next(self, name: str) -> Shown:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise DemoError
        told = json.loads(line)
        return Shown(name, told["host"], told["port"], told["serial"], told["tabs"], told["control"])

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.communicate(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

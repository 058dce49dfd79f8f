"""The published ionworks-api in a process of its own, and a server for it to talk to."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.interop.environment import LOCKS, environment, python_of

RELEASES = ("0.2.0", "0.38.0")


class PublishedCells:
    """An Ionworks client of one release."""

    def __init__(self, release: str, home: Path) -> None:
        folder = environment("ionworks-api", *(f"ionworks-api-{each}" for each in RELEASES))
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "IONWORKS"))}
        self._process = subprocess.Popen(
            [python_of(folder), LOCKS / "cells_session.py"],
            env={**environ, "PYTHONPATH": str(folder / f"ionworks-api-{release}"), "HOME": str(home)},
            cwd=home,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process by ending its input."""
        self._process.communicate()

    def open(self, url: str, **options: Any) -> None:
        """A new client of the server at `url`."""
        assert self._ask({"open": {"api_url": url, "api_key": "any", "max_retries": 0, **options}}) == {"answer": None}

    def call(self, name: str, /, *arguments: Any, **named: Any) -> Any:
        """What the call returned, as plain data."""
        told = self._ask({"call": name, "with": arguments, "named": named})
        assert "error" not in told, told
        return told["answer"]

    def error(self, name: str, /, *arguments: Any, **named: Any) -> dict[str, Any]:
        """What the call raised: its code, status, text and data."""
        told = self._ask({"call": name, "with": arguments, "named": named})
        assert "error" in told, told
        return told

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told

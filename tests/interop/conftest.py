from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.interop.environment import environment, python_of


class PublishedClient:
    """A SpanPanelClient of the published package, in a process of its own."""

    def __init__(self, python: Path) -> None:
        environ = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [python, Path(__file__).parent / "session.py"],
            env=environ,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def open(self, panel: Any, **options: Any) -> None:
        """A new client of the panel, with its ready token unless `token` says otherwise."""
        arguments = {"host": panel.host, "port": panel.port, "token": panel.token, "retry_timeout": 0.0} | options
        assert self._ask({"open": arguments}) == {"answer": None}

    def call(self, name: str, *arguments: Any) -> Any:
        """What the call returned, as plain data."""
        told = self._ask({"call": name, "with": arguments})
        assert "error" not in told, told
        return told["answer"]

    def error(self, name: str, *arguments: Any) -> str:
        """The name of the exception that the call raised."""
        told = self._ask({"call": name, "with": arguments})
        assert "error" in told, told
        return str(told["error"])

    def close(self) -> None:
        """End the process by ending its input."""
        self._process.communicate()

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told


@pytest.fixture(scope="module")
def process():
    client = PublishedClient(python_of(environment("span-panel-api")))
    yield client
    client.close()


@pytest.fixture
def published(process, span_panel):
    """The published client, connected to this test's own panel and registered with it."""
    process.open(span_panel)
    return process

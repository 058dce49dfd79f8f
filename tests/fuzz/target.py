"""What is fuzzed: the demo, as a process of its own, with its log in a file and its memory watched."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.together.process import ROOT, free_port

READY_S = 60.0
STOP_S = 30.0
FIRST_PANEL = 180
MOST_KINDS = 20
SHOWN = 4_000
TROUBLE = re.compile(r"Traceback|\"level\": \"(?:error|critical)\"|Task exception was never")
"""Not that a coroutine was never awaited: of an operation that is given up before its fields began, Python says so."""
UNSTARTED = re.compile(
    r"Exception ignored in: <coroutine object .*\nTraceback .*\n"
    r"  File \"<string>\", line 1, in <lambda>\nKeyError: '__import__'"
)
"""The same remark, where Python tidies up inside a named tuple and may import nothing to say it with."""
OURS_TO_SAY = re.compile(r"the demo's (?:lab|batches)")
"""The fuzz may be at the lab before the demo has filled it, and takes its names."""


class Target:
    """Two emulated panels and a server with all that the demo has; started on entering, ended on leaving."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.log = folder / "target.log"
        port = free_port(FIRST_PANEL - 1, FIRST_PANEL, FIRST_PANEL + 1)
        self.url = f"http://127.0.0.1:{port}"
        self.control = f"http://127.0.0.1:{port + FIRST_PANEL - 1}"
        self.panels = [f"http://127.0.0.1:{port + FIRST_PANEL + each}" for each in range(2)]
        self._command = [sys.executable, "-m", "server", "demo", "--port", str(port), "--data", str(folder / "data")]

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + READY_S
        while "Next:" not in self.log.read_text(errors="replace"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._end()
                raise AssertionError(f"never ready: {self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def panel_tokens(self) -> dict[str, str]:
        """A token of the fuzz's own for each panel, by its address."""
        given = {"name": "fuzz", "description": "asks for anything"}
        return {
            panel: httpx.post(f"{panel}/api/v1/auth/register", json=given, timeout=READY_S).json()["accessToken"]
            for panel in self.panels
        }

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def memory_mb(self) -> float:
        """Of the server alone, resident, in MB; 0 where the system has no /proc."""
        statm = Path(f"/proc/{self._process.pid}/statm")
        if not statm.exists():
            return 0.0
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def troubles(self) -> list[str]:
        """What the log tells that nobody expected: each kind once, with how often it came."""
        found = Counter(
            _without_ids(entry)
            for entry in _entries(UNSTARTED.sub("", self.log.read_text(errors="replace")).splitlines())
            if TROUBLE.search(entry) and not OURS_TO_SAY.search(entry)
        )
        return [f"{count} times: {entry[:SHOWN]}" for entry, count in found.most_common(MOST_KINDS)]

    def _end(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _entries(lines: Iterable[str]) -> Iterator[str]:
    """Lines of JSON one by one; what Python writes by itself between two of them, as a whole."""
    for is_ours, group in groupby(lines, lambda line: line.startswith("{")):
        texts = list(group)
        yield from texts if is_ours else ["\n".join(texts)]


def _without_ids(entry: str) -> str:
    """So that two of a kind are the same."""
    return re.sub(r"[0-9a-f]{32}|0x[0-9a-f]+|\d{4}-\d\d-\d\dT[\d:.]+Z", "...", entry)

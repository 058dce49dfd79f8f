"""A busbar command in a process of its own: started, read until it is ready, stopped as a user stops it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parent.parent.parent
READY_S = 30.0


class Busbar:
    """`busbar ARGUMENTS` running; `lines` is what it printed until the line that contains `ready`."""

    def __init__(self, *arguments: str | Path, ready: str, environ: dict[str, str] | None = None) -> None:
        self._command = [sys.executable, "-W", "error", "-m", "server", *map(str, arguments)]
        self._ready = ready
        self._environ = {**os.environ, **(environ or {})}
        self.lines: list[str] = []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            self._read_until_ready()
        except BaseException:  # a failed entry is never left, and the process would stay
            self.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send the signal to the whole group, as a terminal's Ctrl-C does; return the exit code."""
        os.killpg(self._process.pid, number)
        return self.ended()

    def ended(self) -> int:
        """Wait for it to end, as it has been told to; return the exit code."""
        try:
            rest, _ = self._process.communicate(timeout=READY_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.lines += rest.splitlines()
        return self._process.returncode

    def kill(self) -> None:
        """End the whole group at once, as a power cut does."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def _read_until_ready(self) -> None:
        assert self._process.stdout
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            line = self._process.stdout.readline()
            self.lines.append(line.rstrip("\n"))
            if self._ready in line:
                return
            if not line:
                break
        raise AssertionError(f"never ready: {self.lines}")


def answer_of(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    command = [sys.executable, "-W", "error", "-m", "server", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=READY_S, check=False)


def free_port(*offsets: int) -> int:
    """Return a port that is free now together with those at the offsets from it."""
    while True:
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            port: int = asked.getsockname()[1]
        if port + max(offsets, default=0) < 65_536 and all(_is_free(port + offset) for offset in (0, *offsets)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as asked:
        try:
            asked.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

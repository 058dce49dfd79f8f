"""How long a person waits: `busbar --help`, and the server until it answers (R46)."""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable

from benchmarks.report import Row

RUNS = 7
READY_WITHIN_S = 30.0


def run() -> list[Row]:
    python = _median(lambda: _seconds("-c", "pass"))
    help_s = _median(lambda: _seconds("-m", "server", "--help"))
    imports = _median(lambda: _seconds("-c", "import strawberry.asgi, uvicorn, httpx, numpy, pydantic_settings"))
    ready_s = _median(_ready_s)
    return [
        Row("busbar --help", help_s * 1000, "ms", "python -c pass", help_s / python, "120 ms"),
        Row("serve until /readyz, warm", ready_s, "s", "importing its libraries alone", ready_s / imports, "1.2 s"),
    ]


def _median(measure: Callable[[], float]) -> float:
    measure()
    return statistics.median(measure() for _ in range(RUNS))


def _seconds(*arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - began


def _ready_s() -> float:
    with socket.create_server(("127.0.0.1", 0)) as asked:
        port = asked.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "server", "serve", "--port", str(port), "--data", data]
        began = time.perf_counter()
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(f"http://127.0.0.1:{port}/readyz", began + READY_WITHIN_S)
            return time.perf_counter() - began
        finally:
            server.terminate()
            server.wait()


def _wait_for(url: str, deadline: float) -> None:
    while time.perf_counter() < deadline:
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.005)
    raise TimeoutError(url)

"""A chart of 100 measurements: one GraphQL request, beside `CellInstanceClient.detail`, near by and 30 ms away."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import orjson
import polars as pl

from benchmarks.latency import relay
from benchmarks.report import Row
from clients.cells.client import CellsClient
from clients.http import open_blocking_client
from tests.together.process import free_port

MEASUREMENTS = 100
ROWS = 100_000
POINTS = 2_000
ROUNDS = 3
LATENCIES_S = (0.0, 0.03)
QUERY = """query Chart($id: ID!, $points: Int!) {
  cellInstance(id: $id) {
    name
    specification { name }
    measurements(first: 100) {
      nodes { name state rowCount series(columns: ["Voltage [V]", "Current [A]"], maxPoints: $points) }
    }
  }
}"""


def run() -> list[Row]:
    """About a minute, most of it uploading."""
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as port:
        instance_id, theirs_bytes = _filled(port, Path(folder))
        return [row for latency_s in LATENCIES_S for row in _rows(port, instance_id, theirs_bytes, latency_s)]


def _rows(port: int, instance_id: str, theirs_bytes: int, latency_s: float) -> list[Row]:
    with relay(port, latency_s) as away:
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(_timed(lambda: _asked(away, instance_id)))
            theirs.append(_timed(lambda: _detail(away, instance_id)))
    ours_s = statistics.median(seconds for seconds, _ in ours[1:])
    theirs_s = statistics.median(seconds for seconds, _ in theirs)
    ours_bytes = ours[0][1]
    what = f"{MEASUREMENTS} series at {POINTS:,} points, {latency_s * 1e3:.0f} ms away"
    peer = f"one request instead of detail, {theirs_s * 1e3:.0f} ms"
    size = f"detail's Parquet files, {theirs_bytes / 1e6:.1f} MB"
    first_s = ours[0][0]
    return [
        Row(f"{what}, first look", first_s * 1e3, "ms", peer, first_s / theirs_s, "at most 0.05"),
        Row(f"{what}, looked at again", ours_s * 1e3, "ms", peer, ours_s / theirs_s, "at most 0.05"),
        Row("its answer", ours_bytes / 1e6, "MB", size, ours_bytes / theirs_bytes, "at most 0.05"),
    ]


def _timed(call: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    size = call()
    return time.perf_counter() - began, size


def _asked(port: int, instance_id: str) -> int:
    """The bytes of the answer, once it is parsed."""
    body = {"query": QUERY, "variables": {"id": instance_id, "points": POINTS}}
    with open_blocking_client(f"http://127.0.0.1:{port}") as client:
        answer = client.post("/graphql", json=body, timeout=60)
    nodes = orjson.loads(answer.content)["data"]["cellInstance"]["measurements"]["nodes"]
    assert [len(node["series"]["time"]) > POINTS // 2 for node in nodes] == [True] * MEASUREMENTS
    return len(answer.content)


def _detail(port: int, instance_id: str) -> int:
    """How many series there are, once all of them are frames."""
    with CellsClient(f"http://127.0.0.1:{port}") as client:
        detail = client.cell_instance.detail(instance_id)
    sizes = [0 if each.time_series is None else each.time_series.height for each in detail.measurements]
    assert sizes == [ROWS] * MEASUREMENTS
    return len(sizes)


def _filled(port: int, folder: Path) -> tuple[str, int]:
    """The id of an instance with all the measurements, and the bytes of their files."""
    size = 0
    with CellsClient(f"http://127.0.0.1:{port}") as client:
        specification = client.cell_spec.create({"name": "bench"})
        instance = client.cell_instance.create(specification.id, {"name": "bench"})
        for number in range(MEASUREMENTS):
            path = folder / f"{number}.parquet"
            _series(number).write_parquet(path, compression="zstd")
            size += path.stat().st_size
            client.cell_measurement.create(instance.id, {"name": f"run {number:03}"}, path)
    return instance.id, size


def _series(seed: int) -> pl.DataFrame:
    """Charge and discharge by turns, rounded as a cycler does."""
    dice = np.random.default_rng(seed)
    time_s = np.arange(ROWS, dtype=np.float64)
    step = (time_s // 5_000).astype(np.int64)
    current_a = np.where(step % 2 == 0, 2.5, -2.5)
    charge = np.where(step % 2 == 0, 1 - time_s % 5_000 / 5_000, time_s % 5_000 / 5_000)
    voltage_v = 3.0 + 1.1 * charge - 0.02 * current_a + dice.normal(0, 5e-4, ROWS)
    return pl.DataFrame(
        {
            "Time [s]": time_s,
            "Voltage [V]": voltage_v.round(5),
            "Current [A]": (current_a + dice.normal(0, 2e-4, ROWS)).round(5),
            "Temperature [degC]": (25 + dice.normal(0, 0.05, ROWS)).round(3),
            "Step count": step,
            "Cycle count": step // 2,
        }
    )


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "server", "serve", "--port", str(port), "--data", str(folder / "data")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _wait(port)
            yield port
        finally:
            process.terminate()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError("the server did not get ready")

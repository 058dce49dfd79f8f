"""The plant in `busbar serve`: what was acknowledged outlives a power cut, and the configuration holds at the start."""

from __future__ import annotations

import json
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.together.process import Busbar, free_port
from tests.together.test_serve import one_line

ENDED = {"completed", "cancelled", "scrapped", "failed", "interrupted"}
BATCHES = 6
PATIENCE_S = 30.0


@contextmanager
def served(data: Path, *arguments: str, **environ: str) -> Iterator[tuple[Busbar, httpx.Client]]:
    """`busbar serve` on this data, ready to be told something."""
    port = free_port()
    command = ("serve", "--port", str(port), "--data", str(data), *arguments)
    with (
        Busbar(*command, ready="busbar serves", environ=environ) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as http,
    ):
        yield server, http


def asked(http: httpx.Client, path: str) -> Any:
    answer = http.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def until(http: httpx.Client, holds: Any) -> Any:
    """The plant's status, once that holds of it."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        status = asked(http, "/factory/status?limit=200")
        if holds(status):
            return status
        time.sleep(0.02)
    raise AssertionError(status)


def started(http: httpx.Client, *batch_ids: str) -> list[str]:
    """These batches, acknowledged."""
    for batch_id in batch_ids:
        answer = http.post("/factory/start", json={"id": batch_id})
        assert answer.status_code == 202, answer.text
    return list(batch_ids)


@dataclass
class Reader:
    """Reads the socket for as long as it lives, and goes on behind its cursor at the next one."""

    cursor: str | None = None
    sequences: list[int] = field(default_factory=list)
    progress: dict[str, float] = field(default_factory=dict)

    def read(self, http: httpx.Client, until_kind: str | None = None, most_s: float = PATIENCE_S) -> None:
        """Until something of that kind, or the socket is cut, or so many seconds have passed."""
        query = "" if self.cursor is None else f"?after={self.cursor}"
        url = f"ws://{http.base_url.host}:{http.base_url.port}/ws/status{query}"
        deadline = time.monotonic() + most_s
        try:
            with connect(url, max_queue=None) as socket:
                while (left_s := deadline - time.monotonic()) > 0:
                    told = json.loads(socket.recv(timeout=left_s))
                    self._take(told)
                    if told["kind"] == until_kind:
                        return
        except (TimeoutError, ConnectionClosed):
            return

    def catch_up(self, http: httpx.Client, sequence: int) -> None:
        """Until it has read that transition, however long the machine takes to tell it all, in reason."""
        deadline = time.monotonic() + PATIENCE_S
        while self.sequences[-1] < sequence and time.monotonic() < deadline:
            self.read(http, most_s=1.0)

    def _take(self, told: dict[str, Any]) -> None:
        assert told["kind"] != "error", told
        self.cursor = told["cursor"]
        if told["kind"] not in ("status", "progress"):
            self.sequences.append(told["sequence"])
        if told["batch_id"] is not None and told["progress"] is not None:
            before = self.progress.get(told["batch_id"], 0.0)
            assert told["progress"] >= before, (told, before)
            self.progress[told["batch_id"]] = told["progress"]


def log_of(http: httpx.Client) -> list[dict[str, Any]]:
    """The whole log."""
    found: list[dict[str, Any]] = []
    after: str | int = 0
    while page := asked(http, f"/factory/logs?limit=1000&after={after}"):
        found += page["logs"]
        if len(page["logs"]) < 1000:
            return found
        after = page["cursor"]
    return found


def check_after_the_kills(http: httpx.Client, reader: Reader, acknowledged: list[str], told: dict[str, float]) -> None:
    status = until(http, lambda status: all(batch["state"] in ENDED for batch in status["batches"]))
    assert sorted(batch["id"] for batch in status["batches"]) == sorted(acknowledged)
    assert {batch["state"] for batch in status["batches"]} == {"completed"}
    assert all(batch["progress"] >= told.get(batch["id"], 0.0) for batch in status["batches"])
    log = log_of(http)
    reader.catch_up(http, log[-1]["sequence"])
    assert [entry["sequence"] for entry in log] == list(range(1, len(log) + 1))
    assert reader.sequences == list(range(reader.sequences[0], len(log) + 1))
    for batch_id in acknowledged:
        kinds = [entry["kind"] for entry in log if entry["batch_id"] == batch_id]
        assert [kinds.count(kind) for kind in ("batch_queued", "batch_started", "batch_completed")] == [1, 1, 1]
    assert "batch_interrupted" not in {entry["kind"] for entry in log}


def killed_again_and_again(data: Path, speed: str, dice: random.Random, times: int) -> None:
    """Power cuts at random moments, more batches after each; a reader follows all the time."""
    acknowledged: list[str] = []
    told: dict[str, float] = {}
    reader = Reader()
    for life in range(times):
        with served(data, BUSBAR_PLANT__SPEED=speed) as (server, http):
            acknowledged += started(http, *(f"b{life}-{number}" for number in range(BATCHES)))
            reader.read(http, most_s=dice.random())
            for batch in asked(http, "/factory/status?limit=200")["batches"]:
                assert batch["progress"] >= told.get(batch["id"], 0.0), batch
                told[batch["id"]] = batch["progress"]
            time.sleep(dice.random() * 0.2)
            server.kill()
    with served(data, BUSBAR_PLANT__SPEED="max") as (_, http):
        check_after_the_kills(http, reader, acknowledged, told)


@pytest.mark.parametrize("speed", ["1", "60", "visible", "max"])
def test_what_was_acknowledged_outlives_a_power_cut(tmp_path: Path, speed: str) -> None:
    killed_again_and_again(tmp_path, speed, random.Random(f"cut {speed}"), 2)


@pytest.mark.soak
@pytest.mark.parametrize("speed", ["1", "60", "5000", "visible", "max"])
def test_what_was_acknowledged_outlives_many_power_cuts(tmp_path: Path, speed: str) -> None:
    killed_again_and_again(tmp_path, speed, random.Random(f"cuts {speed}"), 12)


@pytest.mark.parametrize("speed", ["0", "1", "visible", "max"])
def test_a_signal_in_the_midst_of_a_run_ends_it_with_code_0(tmp_path: Path, speed: str) -> None:
    with served(tmp_path, BUSBAR_PLANT__SPEED=speed) as (server, http):
        started(http, *(f"b{number}" for number in range(40)))
        url = f"ws://{http.base_url.host}:{http.base_url.port}/ws/status"
        with connect(url, max_queue=None) as socket:
            assert json.loads(socket.recv())["kind"] == "status"
            assert server.stop(signal.SIGTERM) == 0
            assert len(server.lines) == 1, server.lines
            with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 (whichever message is the last)
                while True:
                    socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in (1001, 1012)
    with served(tmp_path, BUSBAR_PLANT__SPEED="max") as (_, http):
        status = until(http, lambda status: all(batch["state"] in ENDED for batch in status["batches"]))
        assert [batch["state"] for batch in status["batches"]] == ["completed"] * 40


@pytest.mark.parametrize("speed", ["0", "max"])
def test_the_configured_speed_holds_at_every_start(tmp_path: Path, speed: str) -> None:
    for other in ("7", "9"):
        with served(tmp_path, BUSBAR_PLANT__SPEED=other) as (_, http):
            until(http, lambda status, other=other: status["speed"] == f"{other}.0")
    with served(tmp_path, BUSBAR_PLANT__SPEED=speed) as (_, http):
        wanted = {"0": ("9.0", "paused"), "60": ("60.0", "idle")}.get(speed, (speed, "idle"))
        until(http, lambda status: (status["speed"], status["state"]) == wanted)
    with served(tmp_path) as (_, http):
        until(http, lambda later: (later["speed"], later["state"]) == wanted)
        kinds = [entry["kind"] for entry in log_of(http)]
        assert kinds.count("speed_changed") == (2 if speed == "0" else 3)


def test_a_plant_that_was_told_nothing_is_visible(tmp_path: Path) -> None:
    with served(tmp_path) as (_, http):
        assert until(http, lambda status: status["speed"] == "visible")["state"] == "idle"


def test_the_seed_of_the_configuration_file_decides_what_happens(tmp_path: Path) -> None:
    told = []
    for folder, seed in (("a", 7), ("b", 7), ("c", 8)):
        config = tmp_path / f"{folder}.toml"
        config.write_text(f'[plant]\nseed = {seed}\nspeed = "max"\n')
        with served(tmp_path / folder, "--config", str(config)) as (_, http):
            until(http, lambda status, seed=seed: status["seed"] == seed and status["speed"] == "max")
            http.post("/factory/start", json={"id": "x"})
            status = until(http, lambda status: status["batches"][0]["state"] in ENDED)
            told.append(status["batches"][0]["steps"])
    assert told[0] == told[1]
    assert told[0] != told[2]


def test_another_seed_is_not_for_a_run_that_goes_on(tmp_path: Path) -> None:
    for seed in ("7", "8"):
        with served(tmp_path, BUSBAR_PLANT__SEED=seed) as (_, http):
            assert until(http, lambda status: status["state"] == "idle" and status["reason"] is None)["seed"] == 7


BAD = [("speed", text) for text in ("-1", "nan", "fast", "", "true")]
BAD += [("seed", text) for text in ("-1", "1.5", str(2**63))]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_setting_of_the_plant_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"BUSBAR_PLANT__{name.upper()}", value)
    said = one_line("serve", "--port", str(free_port()), "--data", tmp_path / "data")
    assert name in said.lower()
    assert not (tmp_path / "data").exists()

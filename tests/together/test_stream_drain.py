"""A server that stops does not wait for event streams, which have no end of their own."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.together.process import Busbar, free_port

WATCH = "subscription { heartbeat(everyMs: 100) { seq } }"


def test_r43_a_stop_breaks_event_streams_off_without_a_last_word(tmp_path: Path) -> None:
    port = free_port()
    headers = {"accept": "text/event-stream"}
    with (
        Busbar("serve", "--port", str(port), "--data", tmp_path / "data", ready="busbar serves") as running,
        httpx.stream("POST", f"http://127.0.0.1:{port}/graphql", json={"query": WATCH}, headers=headers) as answer,
    ):
        lines = answer.iter_lines()
        assert "event: next" in (next(lines), next(lines), next(lines))
        assert running.stop() == 0
        assert "event: complete" not in list(lines)
    assert [line for line in running.lines if "Cancel" in line or "Traceback" in line] == []

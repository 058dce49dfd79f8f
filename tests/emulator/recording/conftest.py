from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulator.recording.replay import replayed_panel

HEADER = {
    "format": "busbar-capture",
    "version": 1,
    "recorded_at": "2026-06-21T12:00:00+00:00",
    "serial": "nj-0000-00000",
    "every_s": 1.0,
}
RECORDED_TICK = 1_782_043_200


def answer(at_s: float = 0.0, path: str = "/status", body: str = "{}", **parts: object) -> dict[str, object]:
    headers = {"content-type": "application/json"}
    line = {"at_s": at_s, "method": "GET", "path": f"/api/v1{path}", "status": 200, "headers": headers, "body": body}
    return line | parts


def written(path: Path, *lines: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def replay(tmp_path, wall):
    """A panel that replays these answers; its time passes with `wall`."""

    def replay(*answers: dict[str, object], **options):
        return replayed_panel(written(tmp_path / "capture.jsonl", HEADER, *answers), monotonic=wall, **options)

    return replay

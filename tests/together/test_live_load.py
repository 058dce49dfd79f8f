"""R1: one live feed that many watch from another process, one event a second. `make soak` runs the full number."""

from __future__ import annotations

import sys

import pytest

from benchmarks.feeds import servers
from benchmarks.feeds.readers import Calm, calm
from benchmarks.processes import in_process, process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
MOST_MB = 300.0


def watched(viewers: int, seconds: float) -> Calm:
    with process(servers.busbar) as ((port, pid), _):
        return in_process(calm, port, pid, viewers, seconds)


def test_r1_a_hundred_viewers_get_each_event_once():
    assert watched(100, seconds=3.0).missing == 0


@pytest.mark.soak
def test_r1_five_thousand_viewers_get_each_event_once_for_five_minutes(capsys):
    found = watched(5_000, seconds=300.0)
    with capsys.disabled():
        sys.stdout.write(f"\n{found}\n")
    assert found.missing == 0
    assert found.memory_mb <= MOST_MB
    assert found.cpu <= 1

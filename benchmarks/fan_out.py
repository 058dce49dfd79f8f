"""One live feed to many sockets, beside a stock Strawberry app over the same resolvers and beside servers in Node."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from benchmarks.feeds import servers
from benchmarks.feeds.node import peer, peers
from benchmarks.feeds.readers import Crowd, Rate, lightly, saturated
from benchmarks.processes import in_process, process
from benchmarks.report import Row

T = TypeVar("T")
VIEWERS = (100, 1000)
CROWD = 5000
SECONDS = 4.0
PACE_S, CALM_S = 0.001, 1.0
"""Between two ticks: as fast as nobody can follow with 1,000 viewers, and as in life."""
AIMS = {"stock": "at least 15", "mercurius": "at least 2", "yoga": ""}


def run() -> list[Row]:
    """About two minutes."""
    names = ("stock", *peers())
    rows: list[Row] = []
    for viewers in VIEWERS:
        ours = _measured("busbar", PACE_S, saturated, viewers)
        for name in names:
            rows += _rates(ours, name, _measured(name, PACE_S, saturated, viewers), viewers)
    ours_late = _measured("busbar", CALM_S, lightly, VIEWERS[-1])
    for name in names:
        rows.append(_late(ours_late, name, _measured(name, CALM_S, lightly, VIEWERS[-1])))
    return [*rows, *_crowd(_measured("busbar", CALM_S, lightly, CROWD))]


def _measured(
    name: str, every_s: float, how: Callable[[int, int, int, float], Coroutine[Any, Any, T]], viewers: int
) -> T:
    with _running(name, every_s) as (port, pid):
        return in_process(how, port, pid, viewers, SECONDS)


@contextmanager
def _running(name: str, every_s: float) -> Iterator[tuple[int, int]]:
    """The port and the process id of a server of this name."""
    if name not in ("busbar", "stock"):
        with peer(name, every_s) as found:
            yield found
        return
    with process(getattr(servers, name), every_s) as (found, _):
        yield found


def _rates(ours: Rate, name: str, theirs: Rate, viewers: int) -> list[Row]:
    told, cost = f"{name}, {theirs.per_s:,.0f}/s", f"{name}, {theirs.cpu_us:.0f} us"
    aim = AIMS[name] if viewers == VIEWERS[-1] else ""
    return [
        Row(f"{viewers:,} sockets: delivered", ours.per_s, "messages/s", told, ours.per_s / theirs.per_s, aim),
        Row(f"{viewers:,} sockets: processor", ours.cpu_us, "us/message", cost, ours.cpu_us / theirs.cpu_us, ""),
    ]


def _late(ours: Crowd, name: str, theirs: Crowd) -> Row:
    who, told = f"{VIEWERS[-1]:,} sockets, 1 event/s: p99", f"{name}, {theirs.p99_s * 1e3:.0f} ms"
    return Row(who, ours.p99_s * 1e3, "ms", told, ours.p99_s / theirs.p99_s, "")


def _crowd(found: Crowd) -> list[Row]:
    who = f"{CROWD:,} sockets, 1 event/s"
    return [
        Row(f"{who}: until all had an answer", found.connected_s, "s", "", None, "within 15 s"),
        Row(f"{who}: p99", found.p99_s * 1e3, "ms", "", None, "under 1,000 ms"),
        Row(f"{who}: median", found.median_s * 1e3, "ms", "", None, "under 300 ms"),
        Row(f"{who}: answers missing", found.missing, "messages", "", None, "none"),
        Row(f"{who}: memory", found.memory_mb, "MB", "", None, "under 300 MB"),
        Row(f"{who}: processor", found.cpu * 100, "% of a core", "", None, "at most 100 %"),
    ]

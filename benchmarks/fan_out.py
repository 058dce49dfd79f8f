"""One live feed to many sockets, beside a stock Strawberry app over the same resolvers and beside servers in Node."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from benchmarks.feeds import servers
from benchmarks.feeds.node import peer, peers
from benchmarks.feeds.readers import Calm, Rush, calm, calm_then_rush
from benchmarks.processes import in_process, process
from benchmarks.report import Row

T = TypeVar("T")
VIEWERS = (100, 1000)
CROWD = 5000
SECONDS = 4.0
AIMS = {"stock": "at least 15", "mercurius": "at least 2"}


def run() -> list[Row]:
    """About two minutes."""
    names = ("stock", *peers())
    rows: list[Row] = []
    for viewers in VIEWERS:
        ours = _measured("busbar", calm_then_rush, viewers)
        for name in names:
            rows += _beside(ours, name, _measured(name, calm_then_rush, viewers), viewers)
    return [*rows, *_crowd(_measured("busbar", calm, CROWD))]


def _measured(name: str, how: Callable[[int, int, int, float], Coroutine[Any, Any, T]], viewers: int) -> T:
    with _running(name) as (port, pid):
        return in_process(how, port, pid, viewers, SECONDS)


@contextmanager
def _running(name: str) -> Iterator[tuple[int, int]]:
    """The port and the process id of a server of this name."""
    if name not in ("busbar", "stock"):
        with peer(name) as found:
            yield found
        return
    with process(getattr(servers, name)) as (found, _):
        yield found


def _beside(ours: tuple[Calm, Rush], name: str, theirs: tuple[Calm, Rush], viewers: int) -> list[Row]:
    (calm_here, here), (calm_there, there) = ours, theirs
    who, told, cost = f"{viewers:,} sockets", f"{name}, {there.per_s:,.0f}/s", f"{name}, {there.cpu_us:.0f} us"
    late, late_there = calm_here.p99_s * 1e3, calm_there.p99_s * 1e3
    aim = AIMS.get(name, "") if viewers == VIEWERS[-1] else ""
    return [
        Row(f"{who}: delivered", here.per_s, "messages/s", told, here.per_s / there.per_s, aim),
        Row(f"{who}: processor", here.cpu_us, "us/message", cost, here.cpu_us / there.cpu_us, ""),
        Row(f"{who}, 1 event/s: p99", late, "ms", f"{name}, {late_there:.1f} ms", late / late_there, ""),
    ]


def _crowd(found: Calm) -> list[Row]:
    who = f"{CROWD:,} sockets, 1 event/s"
    return [
        Row(f"{who}: until all had an answer", found.connected_s, "s", "", None, "within 15 s"),
        Row(f"{who}: processor until then", found.connecting_ms, "ms/socket", "", None, ""),
        Row(f"{who}: p99", found.p99_s * 1e3, "ms", "", None, "under 1,000 ms"),
        Row(f"{who}: median", found.median_s * 1e3, "ms", "", None, "under 300 ms"),
        Row(f"{who}: answers missing", found.missing, "messages", "", None, "none"),
        Row(f"{who}: memory", found.memory_mb, "MB", "", None, "under 300 MB"),
        Row(f"{who}: processor", found.cpu * 100, "% of a core", "", None, "at most 100 %"),
    ]

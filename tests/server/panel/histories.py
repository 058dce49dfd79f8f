"""Shorthand for what the tests of history record and ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from schema.ports import Metric, Series
from server.panel.history import PanelHistory
from tests.server.panel.snapshots import NOON, after, snapshot

POWER = Metric.POWER_W
# Too much for what is left of the page that a small sample would still fit into.
MANY = MappingProxyType({f"circuit {number}": 0.0 for number in range(200)})
NONE: Mapping[str, float] = MappingProxyType({})
TOMORROW = after(days=1)


def record(
    history: PanelHistory,
    seconds: Iterable[int],
    power_w: float | None = None,
    *,
    serial: str = "nj-1",
    circuit: str = "oven",
    others: Mapping[str, float] = NONE,
) -> None:
    """One sample at each of these seconds after noon; its power is the second, unless given."""
    for second in seconds:
        at = after(seconds=second)
        power = second if power_w is None else power_w
        history.record(serial, at, snapshot({circuit: power, **others}, at=at, grid_w=-power))


async def series(
    history: PanelHistory,
    metric: Metric = POWER,
    *,
    circuit: str | None = "oven",
    start: datetime = NOON,
    end: datetime = TOMORROW,
    points: int = 10_000,
    serial: str = "nj-1",
) -> Series:
    return await history.series(serial, circuit, metric, start, end, points)


def seconds_of(found: Series) -> list[float]:
    return [moment - NOON.timestamp() for moment in found.time.tolist()]


def values_of(found: Series) -> list[float]:
    (column,) = found.columns.values()
    return list(column.tolist())

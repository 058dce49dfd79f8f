"""Samples of a made-up test: rows that any check lets pass, each different from all others."""

from __future__ import annotations

from typing import Any

import numpy as np

from clients.cells.models import CURRENT, STEP_COUNT, TIME, VOLTAGE, CellMeasurement
from schema.ports import Append

EXTRA = "Aux [degC]"


def rows(first: int, count: int) -> dict[str, list[Any]]:
    """A discharge and a charge in turn, 500 rows each; the last column has gaps."""
    numbers = range(first, first + count)
    return {
        TIME: [number / 10 for number in numbers],
        VOLTAGE: [_voltage(number) for number in numbers],
        CURRENT: [1.0 if (number // 500) % 2 == 0 else -1.0 for number in numbers],
        STEP_COUNT: [number // 500 for number in numbers],
        EXTRA: [None if number % 7 == 3 else 20 + number / 1000 for number in numbers],
    }


def _voltage(number: int) -> float:
    place = number % 500 / 500
    return 4.2 - place if (number // 500) % 2 == 0 else 3.2 + place


def check(pieces: list[Append], first_row: int, behind: int) -> None:
    """Each row from `first_row` on was there once, in order, and as it was sent."""
    assert [piece.first_row for piece in pieces] == [first_row, *(piece.behind for piece in pieces[:-1])]
    assert pieces[-1].behind == behind
    found = [piece.columns for piece in pieces if piece.columns]
    expected = rows(first_row, behind - first_row)
    for name, column in expected.items():
        together = np.concatenate([each[name] for each in found])
        np.testing.assert_array_equal(together, np.array(column, dtype=np.float64))


async def appended(bench, measurement, first: int, count: int) -> CellMeasurement:
    answer = await bench.lab.recordings.append(measurement.id, rows(first, count), first)
    assert isinstance(answer, CellMeasurement), answer
    return answer


async def followed(bench, measurement_id: str, after: int = 0, max_points: int | None = None) -> list[Append]:
    return [piece async for piece in bench.lab.recordings.progress(measurement_id, after, max_points)]


async def followed_until(bench, measurement_id: str, behind: int) -> list[Append]:
    pieces = []
    feed = bench.lab.recordings.progress(measurement_id, 0, None)
    async for piece in feed:
        pieces.append(piece)
        if piece.behind >= behind:
            break
    await feed.aclose()
    return pieces

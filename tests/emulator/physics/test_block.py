from __future__ import annotations

import numpy as np
import pytest

from emulator.physics.block import Block, Past
from emulator.physics.counters import Totals
from emulator.physics.energy import Flows
from emulator.physics.islanding import Level, Stance

FIRST = 1000
POWER = np.array([[2, -4, 6, 8, 0], [10, 10, -10, 10, 10]])
GRID = np.array([12, 6, -4, 18, 10])
LEVELS = np.array([1, 1, 2, 2, 1])


def block(before: Level = Level.ON_GRID) -> Block:
    totals = Totals(np.array([100, 200]), np.array([0, 50]), 1000, 2000)
    flows = Flows(FIRST, POWER, GRID, np.arange(6), LEVELS, np.array([0, 7, 7, 9, 9]))
    return Block(flows, Past(totals, 0, Stance(before)))


@pytest.mark.parametrize("order", [(1, 3, 5), (5, 3, 1), (3, 3, 0, 5, 0)])
def test_counters_are_the_sums_up_to_a_tick_in_whatever_order_they_are_asked(order):
    made = block()

    for ticks in order:
        totals, power, grid = made.totals(FIRST + ticks), POWER[:, :ticks], GRID[:ticks]
        assert totals.consumed.tolist() == (np.array([100, 200]) + np.maximum(power, 0).sum(axis=1)).tolist()
        assert totals.produced.tolist() == (np.array([0, 50]) - np.minimum(power, 0).sum(axis=1)).tolist()
        assert (totals.imported - totals.exported + 1000) == grid.sum()


@pytest.mark.parametrize(("before", "moved"), [(Level.ON_GRID, {0, 2, 4}), (Level.BACKUP, {2, 4})])
def test_a_level_moves_where_it_is_not_that_of_the_tick_before(before, moved):
    made = block(before)

    last = [made.last_move(FIRST + tick) for tick in range(6)]

    expected = [max((move for move in moved if move <= tick), default=None) for tick in range(6)]
    assert last == [-1 if move is None else FIRST + move for move in expected]


def test_what_comes_next_begins_with_what_was():
    past = block().past_at(FIRST + 3)

    assert (past.stored, past.stance) == (3, Stance(Level.SAVING, 7))
    assert past.totals.consumed.tolist() == [108, 220]


def test_two_blocks_in_a_row_are_one():
    def part(since: int, until: int) -> Flows:
        return Flows(
            FIRST + since,
            POWER[:, since:until],
            GRID[since:until],
            np.arange(since, until + 1),
            LEVELS[since:until],
            LEVELS[since:until],
        )

    joined, whole = part(0, 2).then(part(2, 5)), part(0, 5)

    for name in ("first", "power", "grid", "stored", "levels", "holds"):
        assert np.array_equal(getattr(joined, name), getattr(whole, name)), name

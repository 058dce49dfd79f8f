"""Which follower a machine belongs to, and what an earlier busbar had written down."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from clients.plant.models import MACHINES, MachineKey
from schema.ports import Position
from server.joins.meter_book import MeterBook
from server.joins.meter_state import UNWIRED, MeterState, Session
from server.plant.runs.wording import name_of
from server.stores.sqlite.database import Database
from server.stores.sqlite.joins.meters import SqliteMeterStore

MIXER, COATER, *OTHERS = MACHINES


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteMeterStore]:
    async with Database.open(tmp_path / "busbar.db") as database:
        yield SqliteMeterStore(database)


async def opened(store: SqliteMeterStore) -> MeterBook:
    book = MeterBook(store)
    await book.open()
    return book


def at(sequence: int, log_id: str = "log") -> Position:
    return Position(log_id, {"plant": sequence})


async def moved(book: MeterBook, key: MachineKey, to: str) -> None:
    """From those that hang on nothing to a panel."""
    unwired, panel = book.state(None), book.state(to)
    unwired.leave(key, "moved")
    await book.keep(None, unwired)
    panel.take(key, "circuit", "moved")
    await book.keep(to, panel)


async def test_everything_hangs_on_nothing_at_first(store: SqliteMeterStore) -> None:
    book = await opened(store)
    assert {book.owner(key, "else") for key in MACHINES} == {None}
    assert not book.is_free(MIXER, "panel", book.state("panel"))


async def test_a_machine_is_free_behind_what_was_booked_and_in_another_log(store: SqliteMeterStore) -> None:
    book = await opened(store)
    unwired = book.state(None)
    unwired.position = at(7)
    unwired.leave(MIXER, "moved")
    await book.keep(None, unwired)
    for again in (book, await opened(store)):
        assert again.owner(MIXER, "next") == "next"
        free = [again.is_free(MIXER, "next", MeterState(position)) for position in (None, at(6), at(7), at(0, "other"))]
        assert free == [False, False, True, True]


async def test_all_of_it_is_there_again_and_a_panel_that_is_closed_is_not(store: SqliteMeterStore) -> None:
    book = await opened(store)
    await moved(book, MIXER, "panel")
    again = await opened(store)
    assert (again.states, again.left, again.owner(MIXER, None)) == (book.states, book.left, "panel")
    state = again.state("panel")
    state.leave(MIXER, "moved")
    await again.keep("panel", state)
    assert again.is_needless("panel")
    await again.close("panel")
    assert (await opened(store)).states.keys() == {None}


async def test_the_notes_of_one_follower_for_all_panels_are_taken_over(store: SqliteMeterStore) -> None:
    seat: dict[str, Any] = {"serial": None, "circuit_id": "", "base_wh": None, "why": UNWIRED, "draws": {}}
    seats = {name_of(key): {**seat, "is_stopped": False} for key in MACHINES}
    seats[name_of(MIXER)] |= {"serial": "p", "circuit_id": "c", "base_wh": 4.5, "why": "", "draws": {"b0": 2.0}}
    session = {"offset_s": 5, "tick": 17, "booted": 3}
    await store.keep(at(9), {"at_s": 12.5, "seats": seats, "sessions": {"p": session}}, [])
    book = await opened(store)
    panel, unwired = book.states["p"], book.states[None]
    assert (panel.session, unwired.session) == (Session(5, 17, 3), None)
    assert (set(panel.here), set(unwired.here)) == ({MIXER}, {COATER, *OTHERS})
    assert (panel.seats[MIXER].base_wh, unwired.seats[MIXER].base_wh) == (4.5, None)
    assert {state.seats[MIXER].draws["b0"] for state in book.states.values()} == {2.0}
    assert {(state.sequence, state.at_s) for state in book.states.values()} == {(9, 12.5)}

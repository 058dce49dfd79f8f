"""How an interval is shared, and what the log's transitions make of the machines' draws."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.plant.models import Line, MachineKey, Stage
from schema.ports import Event, Position
from server.joins.meter_state import MeterState, Seat, Session, moved, second_of, shared
from server.stores.joins import MeterPart

OVEN = MachineKey(Line.CELL, Stage.AGING)
MIXER = MachineKey(Line.ANODE, Stage.MIXING)


def event(kind: str, machine: MachineKey | None = OVEN, batch_id: str | None = "b0", **data: Any) -> Event:
    name = None if machine is None else f"{machine.line}/{machine.stage}"
    body = {"machine": name, "batch_id": batch_id, "simulated_s": 10.0, **data}
    return Event("plant", 1, datetime(2026, 1, 1, tzinfo=UTC), "plant", kind, body)


def working(batch_id: str, power_w: float = 100.0, **data: Any) -> Event:
    return event("machine_working", batch_id=batch_id, batch_power_w=power_w, **data)


# --- sharing -----------------------------------------------------------------------------------------------


def test_each_batch_gets_its_part_of_the_power() -> None:
    assert shared(90.0, {"small": 100.0, "big": 200.0}) == {"small": 30.0, "big": 60.0}


def test_three_batches_that_overlap_get_the_closed_form() -> None:
    """One alone for an hour at 100 W, then with another of 300 W for two, then the other alone for one."""
    seat = Seat(True, "c", base_wh=1000.0)
    parts = seat.read(OVEN, {"a": 100.0}, 1100.0)
    parts += seat.read(OVEN, {"a": 100.0, "b": 300.0}, 1900.0)
    parts += seat.read(OVEN, {"b": 300.0}, 2200.0)
    sums = {name: sum(part.energy_wh for part in parts if part.batch_id == name) for name in ("a", "b")}
    assert sums == {"a": pytest.approx(300.0), "b": pytest.approx(900.0)}


def test_what_was_counted_without_any_power_is_shared_evenly() -> None:
    assert shared(4.0, {"a": 0.0, "b": 0.0}) == {"a": 2.0, "b": 2.0}
    assert shared(4.0, {}) == {}


@given(st.floats(0, 1e9), st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 1e6), min_size=1, max_size=20))
def test_nothing_is_lost_or_made_by_sharing(energy_wh: float, draws: dict[str, float]) -> None:
    parts = shared(energy_wh, draws)
    assert parts.keys() == draws.keys()
    assert sum(parts.values()) == pytest.approx(energy_wh, rel=1e-9, abs=1e-9)
    assert all(part >= 0 for part in parts.values())


# --- intervals ---------------------------------------------------------------------------------------------


def test_a_counter_that_was_not_read_leaves_its_interval_unknown_and_the_one_behind_it() -> None:
    seat = Seat(True, "c", base_wh=5.0)
    assert seat.lose(OVEN, {"a": 1.0}, "it was away") == [MeterPart("a", OVEN, 0.0, "it was away")]
    assert seat.read(OVEN, {"b": 1.0}, 9.0) == [MeterPart("b", OVEN, 0.0, "it was away")]
    assert seat.read(OVEN, {"c": 1.0}, 11.0) == [MeterPart("c", OVEN, 2.0)]


@pytest.mark.parametrize(
    ("simulated_s", "second"), [(0.0, 0), (0.49, 0), (0.5, 1), (1.5, 2), (2.5, 3), (1e6 + 0.4, 10**6)]
)
def test_a_time_is_rounded_to_the_nearest_second(simulated_s: float, second: int) -> None:
    assert second_of(simulated_s) == second


# --- transitions -------------------------------------------------------------------------------------------


def test_a_batch_draws_from_its_work_to_the_next_thing_that_happens_to_it() -> None:
    state = MeterState()
    moved(state, [working("a", 100.0), working("b", 50.0)])
    assert (state.seats[OVEN].drawing, state.seats[OVEN].draws_w) == ({"a": 100.0, "b": 50.0}, 150.0)
    for kind in ("machine_down", "machine_working", "step_finished"):
        moved(state, [event(kind, batch_id="a", batch_power_w=70.0, simulated_s=20.2)])
        assert state.seats[OVEN].drawing.get("a") == (70.0 if kind == "machine_working" else None)
    assert (state.parts, state.second) == ([], 20)


@pytest.mark.parametrize(("kind", "batch_id", "left"), [
    ("batch_cancelled", "a", {"b"}), ("batch_failed", "b", {"a"}), ("batch_queued", "a", {"a", "b"}),
    ("plant_reset", None, set()), ("plant_interrupted", None, set()), ("plant_paused", None, {"a", "b"}),
])  # fmt: skip
def test_what_ends_a_batch_or_all_of_them(kind: str, batch_id: str | None, left: set[str]) -> None:
    state = MeterState()
    moved(state, [working("a"), working("b"), event(kind, None, batch_id)])
    assert state.seats[OVEN].drawing.keys() == left


def test_a_machine_that_is_stopped_draws_nothing_until_it_is_started() -> None:
    state = MeterState()
    moved(state, [working("a", 100.0), event("machine_down", OVEN, None)])
    assert (state.seats[OVEN].drawing, state.seats[OVEN].draws_w) == ({}, 0.0)
    moved(state, [event("machine_started", OVEN, None)])
    assert state.seats[OVEN].drawing == {"a": 100.0}


def test_a_batch_within_one_second_used_nothing_and_one_never_seen_to_come_is_unknown() -> None:
    state = MeterState()
    state.seats[OVEN].is_here = True
    moved(state, [working("quick"), event("step_finished", batch_id="quick"), event("step_finished", batch_id="old")])
    assert [(part.batch_id, part.energy_wh, part.reason is None) for part in state.parts] == [
        ("quick", 0.0, True),
        ("old", 0.0, False),
    ]


def test_all_of_it_is_kept_and_read_again() -> None:
    state = MeterState(Position("log", {"plant": 7}), 12.5, session=Session(5, 17, 3))
    state.seats[MIXER] = Seat(True, "c", 4.5, "", {"a": 1.25}, is_stopped=True)
    again = MeterState.of(orjson.loads(orjson.dumps(state.dumped())))
    assert again == state
    assert MeterState.of(MeterState().dumped()) == MeterState()

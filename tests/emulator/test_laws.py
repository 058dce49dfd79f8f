from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.commands import Command, CommandRefusedError, OverridePower, SetGrid, SetMainRelay, SetRelay, SetSoc
from emulator.configuration.config import load_panel, shipped_panels
from emulator.configuration.layout import PanelConfig
from emulator.device import Device, Fidelity
from emulator.reading import Reading
from tests.emulator import laws
from tests.emulator.random_panels import SUMMER_NOON, commands, panels

FIDELITIES: tuple[Fidelity, ...] = ("strict", "ideal")
DAY = 86_400
PANELS = {name: load_panel(path) for name, path in shipped_panels().items()}


def digest(readings: list[Reading]) -> str:
    return hashlib.sha256(repr(readings).encode()).hexdigest()


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_the_laws_hold_on_any_panel_whatever_is_done_to_it(data: st.DataObject) -> None:
    config = data.draw(panels())
    fidelity = data.draw(st.sampled_from(FIDELITIES))
    start = SUMMER_NOON + data.draw(st.integers(-200 * DAY, 200 * DAY))
    device = Device(config, seed=data.draw(st.integers(0, 99)), start=start, fidelity=fidelity)
    todo = data.draw(st.lists(st.tuples(st.integers(0, 900), commands(config)), max_size=12))
    seen, overridden = device.reading(start), False
    for wait, command in todo:
        before = device.reading(seen.tick + wait)
        laws.obeyed_between(config, seen, before, commanded=False)
        obeyed = accepted(device, before.tick, command)
        overridden |= isinstance(command, OverridePower)
        shown = [device.reading(before.tick + after) for after in range(8)]
        laws.obeyed_between(config, before, shown[0], commanded=obeyed)
        laws.counted(shown)
        for earlier, later in pairwise(shown):
            laws.obeyed(config, later, strict=fidelity == "strict", overridden=overridden)
            laws.obeyed_between(config, earlier, later, commanded=False)
            laws.counted([earlier, later])
            laws.stored(config, earlier, later)
        seen = shown[-1]


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_neither_block_size_nor_polling_changes_a_byte_on_any_panel(data: st.DataObject) -> None:
    config = data.draw(panels())
    fidelity = data.draw(st.sampled_from(FIDELITIES))
    devices = [Device(config, seed=3, start=SUMMER_NOON, fidelity=fidelity, block_ticks=n) for n in (3, 128, 5000)]
    tick = SUMMER_NOON
    for wait, command in data.draw(st.lists(st.tuples(st.integers(0, 1200), commands(config)), max_size=6)):
        tick += wait
        devices[0].reading(tick - wait // 2)
        devices[1].reading(tick - wait // 3)
        assert len({accepted(device, tick, command) for device in devices}) == 1
        assert len({repr(device.reading(tick)) for device in devices}) == 1
    devices[1].reading(tick + 300)
    assert len({repr(device.reading(tick + 700)) for device in devices}) == 1


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_a_refused_command_changes_nothing_and_replaying_the_log_gives_the_same_bytes(data: st.DataObject) -> None:
    config = data.draw(panels())
    device = Device(config, seed=5, start=SUMMER_NOON, fidelity="strict")
    tick = SUMMER_NOON
    for wait, command in data.draw(st.lists(st.tuples(st.integers(0, 500), commands(config)), max_size=10)):
        tick += wait
        before, version = device.reading(tick), device.version
        if not accepted(device, tick, command):
            assert (device.reading(tick), device.version) == (before, version)
    again = Device(config, seed=5, start=SUMMER_NOON, fidelity="strict")
    for logged in device.commands:
        again.command(logged.tick, logged.command, logged.by)
    assert repr(again.reading(tick + 100)) == repr(device.reading(tick + 100))


@pytest.mark.parametrize("fidelity", FIDELITIES)
@pytest.mark.parametrize("name", sorted(PANELS))
def test_a_day_in_one_step_in_many_and_polled_shows_the_same_bytes(name: str, fidelity: Fidelity) -> None:
    config = PANELS[name]
    marks = [SUMMER_NOON + second for second in (0, 5_000, 5_001, 40_000, 61_000, DAY)]
    whole = digest(lived(config, fidelity, marks, set(), block=128))
    dice = random.Random(1)
    steps = {SUMMER_NOON + dice.randrange(DAY) for _ in range(200)}
    polled = set(range(SUMMER_NOON + 4_700, SUMMER_NOON + 5_100))

    assert digest(lived(config, fidelity, marks, steps, block=512)) == whole
    assert digest(lived(config, fidelity, marks, steps | polled, block=61)) == whole


def test_another_seed_is_another_day_and_another_start_another_life() -> None:
    config = PANELS["house-32"]
    device, other = (Device(config, seed=seed, start=SUMMER_NOON, fidelity="ideal") for seed in (1, 2))

    assert device.reading(SUMMER_NOON + 60) != other.reading(SUMMER_NOON + 60)


@pytest.mark.soak
@pytest.mark.parametrize("fidelity", FIDELITIES)
@pytest.mark.parametrize("name", sorted(PANELS))
def test_a_day_polled_every_second_obeys_every_law(name: str, fidelity: Fidelity) -> None:
    config = PANELS[name]
    device = Device(config, seed=1, start=SUMMER_NOON, fidelity=fidelity)
    before = first = device.reading(SUMMER_NOON)
    for tick in range(SUMMER_NOON + 1, SUMMER_NOON + DAY):
        after = device.reading(tick)
        laws.obeyed(config, after, strict=fidelity == "strict", overridden=False)
        laws.obeyed_between(config, before, after, commanded=False)
        laws.counted([before, after])
        laws.stored(config, before, after)
        before = after
    assert before.main_meter.consumed_mwh >= first.main_meter.consumed_mwh


def accepted(device: Device, tick: int, command: Command) -> bool:
    try:
        device.command(tick, command, "test")
    except CommandRefusedError:
        return False
    return True


def lived(config: PanelConfig, fidelity: Fidelity, marks: list[int], looks: set[int], *, block: int) -> list[Reading]:
    """The readings at the marks of a day with an outage, a relay and a low battery in it, looked at in between."""
    device = Device(config, seed=11, start=SUMMER_NOON, fidelity=fidelity, block_ticks=block)
    script: dict[int, list[Command]] = {
        SUMMER_NOON + 4_800: [SetRelay(config.circuits[0].id, closed=False)],
        SUMMER_NOON + 5_000: [SetGrid(up=False), SetSoc(0.31)],
        SUMMER_NOON + 41_000: [SetGrid(up=True), SetRelay(config.circuits[0].id, closed=True)],
        SUMMER_NOON + 60_000: [SetMainRelay(closed=False), OverridePower(None, multiplier=1.5)],
    }
    shown = []
    for tick in sorted({*marks, *looks, *script}):
        if tick in looks:
            device.reading(tick)
        for command in script.get(tick, ()):
            accepted(device, tick, command)
        if tick in marks:
            shown.append(device.reading(tick))
    return [replace(reading, booted_tick=0) for reading in shown]

from __future__ import annotations

from emulator.configuration.config import load_panel, shipped_panels
from emulator.configuration.layout import PanelConfig
from emulator.device import Device
from emulator.physics.counters import MWS_PER_MWH, Totals
from emulator.physics.strip import STRIP_TICKS, Tabs
from tests.emulator.small_panels import NOON, circuit, panel, steady

HOUSE = load_panel(shipped_panels()["house-32"])


def energies(config: PanelConfig, totals: Totals) -> tuple[dict[int, int], dict[int, int]]:
    """By tab in mWh, the slow way."""
    consumed, produced = {}, {}
    for row, placement in enumerate(config.placements):
        for tab, share in zip(placement.tabs, placement.shares, strict=True):
            consumed[tab] = int(totals.consumed[row]) * share // 100 // MWS_PER_MWH
            produced[tab] = int(totals.produced[row]) * share // 100 // MWS_PER_MWH
    return consumed, produced


def test_every_tick_of_a_strip_counts_what_was_before_it():
    made = Device(HOUSE, seed=1, start=NOON)
    made.reading(NOON + 500)
    block, first = made._present(), NOON + 510
    strip = Tabs(HOUSE).strip(block, first)

    assert strip.end == min(first + STRIP_TICKS, block.end)
    for tick in range(first, strip.end):
        powers, consumed, produced = strip.tabs(tick)
        expected = energies(HOUSE, block.totals(tick))
        assert {tab: consumed[tab - 1] for tab in expected[0]} == expected[0]
        assert {tab: produced[tab - 1] for tab in expected[1]} == expected[1]
        assert sum(powers) == sum(block.power(tick))
        assert strip.main(tick).consumed_mwh == block.totals(tick).imported // MWS_PER_MWH
        assert strip.main(tick).produced_mwh == block.totals(tick).exported // MWS_PER_MWH


def test_a_strip_ends_with_its_block():
    made = Device(HOUSE, seed=1, start=NOON, block_ticks=5)
    block = made._present()

    assert Tabs(HOUSE).strip(block, block.end - 1).end == block.end


def test_a_circuit_is_the_sum_of_its_one_or_two_tabs():
    tabs = Tabs(panel(circuit("one", steady(1), 2), circuit("two", steady(1), 1, 3)))

    assert tabs.by_circuit([100, 20, 3, *[0] * 9]) == (20, 103)

"""The emulated panel's physics: a day in one go, and a thousand panels second by second."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.report import Row
from emulator.configuration.config import load_panel, shipped_panels
from emulator.configuration.layout import (
    Battery,
    CircuitConfig,
    Climate,
    Cycle,
    Demand,
    Load,
    PanelConfig,
    Placement,
    Sessions,
    Source,
)
from emulator.device import Device

START = 1_782_000_000
DAY = 86_400
CIRCUITS = 40
PANELS = 1000
LIVE_TICKS = 128  # a block, so that every panel computes exactly one

KINDS: tuple[Load, ...] = (
    Demand(150, 0, 600, 0.4, 0.02, hours=(0.3, 1.0, 1.3, 1.0) * 6),
    Demand(140, 40, 250, 0.1, 0.02, gate=Cycle(840, 1560)),
    Demand(3000, 300, 4000, 0.1, 0.02, gate=Climate()),
    Demand(900, 0, 2400, 0.4, 0.02, gate=Sessions(9, 6, 21, 60, 900)),
    Demand(7200, 0, 9600, 0.05, 0.02, gate=Sessions(0.75, 18, 25, 3600, 14_400)),
    Demand(60, 0, 120, 0.2, 0.02),
    Source(4000, 5000, 0.6, 0.02),
    Battery(13_500, 5000, 5000),
)


def run() -> list[Row]:
    """A day of 40 circuits against filling the same matrix with random numbers; 1,000 panels against one core."""
    day_s = _best(lambda: _live_a_day(_every_kind()))
    fill_s = _best(lambda: np.random.default_rng(1).standard_normal((CIRCUITS, DAY)))
    return [
        Row("a day of 1 s ticks, 40 circuits", day_s, "s", "numpy: 40 x 86,400 normals", day_s / fill_s, "0.15 s"),
        _thousand_live(),
    ]


def _every_kind() -> PanelConfig:
    circuits = tuple(
        CircuitConfig(f"{tab:032x}", f"Circuit {tab}", Placement((tab,), (100,), KINDS[tab % len(KINDS)]))
        for tab in range(1, CIRCUITS + 1)
    )
    return PanelConfig("bench", CIRCUITS, 400, circuits, time_zone="America/Los_Angeles")


def _live_a_day(config: PanelConfig) -> None:
    device = Device(config, seed=1, start=START)
    device.advance(START + DAY)


def _thousand_live() -> Row:
    config = load_panel(shipped_panels()["house-32"])
    panels = [Device(config, seed=seed, start=START) for seed in range(PANELS)]
    for panel in panels:
        panel.advance(START + 1)
    begun = time.process_time()
    for tick in range(START + 1, START + 1 + LIVE_TICKS):
        for panel in panels:
            panel.advance(tick + 1)
    share = (time.process_time() - begun) / LIVE_TICKS
    return Row("1,000 panels live", 100 * share, "% of a core", "one second a second", share, "under 1 %")


def _best(work: Callable[[], object], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken)

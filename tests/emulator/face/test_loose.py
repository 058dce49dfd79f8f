"""What has no tab of its own: batteries at the lugs, and circuits of which a recording does not tell where they sit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.configuration.layout import Battery, Placement
from emulator.panel import EmulatedPanel
from tests.emulator.control.conftest import config

STORED = Battery(13_500.0, 5_000.0, 5_000.0)


@pytest.fixture
def panels(wall) -> list[EmulatedPanel]:
    """A workshop with a battery at the lugs, all of whose circuits are said to sit on tab 1."""
    workshop = config("workshop-8")
    crowded = [replace(one, placement=replace(one.placement, tabs=(1,), shares=(100,))) for one in workshop.circuits]
    changed = replace(workshop, circuits=tuple(crowded), unmapped=(Placement((), (), STORED),))
    return [EmulatedPanel.create(changed, seed=7, monotonic=wall)]


async def test_every_circuit_is_shown_once_and_the_first_alone_on_the_tab(face, page, house):
    names = "[...document.querySelectorAll('{} .breaker .name')].map((one) => one.textContent)"

    first, *others = [one.name for one in house.device.config.circuits]

    assert await page.evaluate(names.format("#bus")) == [first]
    assert await page.evaluate(names.format("#loose")) == [*others, "At the feed-through lugs"]


async def test_what_cannot_be_named_to_the_control_has_no_commands(face, page):
    await page.click("#loose .breaker[data-mapped=false] .body")

    await page.shows("#circuit-name", "At the feed-through lugs")
    shown = "[...document.querySelectorAll('#circuit [data-verb]')].filter((one) => one.checkVisibility()).length"
    assert await page.evaluate(shown) == 0

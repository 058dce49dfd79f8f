"""Panels and their history as a token with a list of panels sees them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from clients.panel.models import Priority, RelayState
from schema.errors import ForbiddenError
from schema.panel.refusals import PanelNotFound
from schema.ports import Metric
from server.panel.registry import not_found
from server.security.views.history import SomeHistory
from server.security.views.panels import SomePanels
from tests.schema.fakes import FakeHistory, FakePanels
from tests.schema.nouns import NOW, SERIAL, later, view

OTHER, GONE = "nj-other", "nj-gone"
CHANGES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("remove", ()),
    ("set_circuit_relay", ("c1", RelayState.OPEN)),
    ("set_circuit_priority", ("c1", Priority.MUST_HAVE)),
    ("rename_circuit", ("c1", "Stove")),
    ("set_main_relay", (RelayState.OPEN,)),
)


@pytest.fixture
def panels() -> FakePanels:
    return FakePanels(view(), view(OTHER))


@pytest.fixture
def some(panels: FakePanels) -> SomePanels:
    return SomePanels(panels, frozenset({SERIAL, GONE}))


def test_only_its_own_are_there(some):
    assert [each.serial for each in some.all()] == [SERIAL]
    assert some.get(SERIAL) == view()
    assert [some.get(serial) for serial in (OTHER, GONE, "")] == [None] * 3
    assert SomePanels(FakePanels(view()), frozenset()).all() == []


@pytest.mark.parametrize(("name", "asked"), CHANGES)
async def test_no_change_reaches_another_panel(some, panels, name, asked):
    panels.answer = view()
    assert await getattr(some, name)(SERIAL, *asked) == view()
    assert panels.calls == [(name, SERIAL, *asked)]
    for serial in (OTHER, "nj-never"):
        refused = await getattr(some, name)(serial, *asked)
        assert isinstance(refused, PanelNotFound)
        assert refused == not_found(serial)
    assert len(panels.calls) == 1


async def test_whoever_would_not_see_it_adds_no_panel(some, panels):
    with pytest.raises(ForbiddenError, match="would not see what it added"):
        await some.add("10.0.0.7", 80, None, None)
    assert panels.calls == []


async def test_updates_of_another_panel_end_at_once(some, panels):
    for serial in (OTHER, "nj-never"):
        assert [each async for each in some.updates(serial)] == []
    feed = some.updates(SERIAL, 2.5)
    assert await anext(feed) == view()
    await panels.show(later(view(), 1))
    assert (await anext(feed)).sequence == 2
    assert (panels.watching, panels.asked_every_s) == (1, 2.5)
    await feed.aclose()
    assert panels.watching == 0


async def test_history_of_another_panel_is_that_of_one_that_never_was():
    history = FakeHistory()
    some = SomeHistory(history, frozenset({SERIAL}))
    for metric in Metric:
        window = (NOW - timedelta(days=1), NOW, 100)
        found = await some.series(OTHER, "c1", metric, *window)
        assert (len(found.time), {name: len(each) for name, each in found.columns.items()}) == (0, {metric.value: 0})
        assert found.source_points == 0
        assert (await some.series(SERIAL, "c1", metric, *window)).source_points == 9
    assert {call[0] for call in history.calls} == {SERIAL}

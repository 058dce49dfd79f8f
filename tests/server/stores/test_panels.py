"""The contract of every panels' store; a second kind of store joins by a second parameter of the fixture."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from schema.ports import NewEvent, TopicFilter
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.stores.panels import PanelRecord
from server.stores.sqlite.panels import SqlitePanelStore
from tests.server.vault import VAULT

NOON = datetime(2026, 6, 21, 12, 0, 0, 123_456, tzinfo=UTC)
KITCHEN = PanelRecord("nj-2", "Küche \U0001f50c", "10.0.0.7", 80, "canary-token", NOON, {"door": "OPEN", "relays": {}})
ADDED = NewEvent("panel", "nj-2", "PanelAdded", {"name": "Küche"})


@pytest.fixture(params=["sqlite"])
def store(request, database):
    return {"sqlite": SqlitePanelStore(database, VAULT, Clock(now=lambda: NOON))}[request.param]


@pytest.fixture
def log(database):
    return EventLog(database, Hub(), Clock())


async def told(log) -> list[str]:
    events, _ = await log.since(None, [TopicFilter("panel")], 100)
    return [event.kind for event in events]


async def test_a_saved_panel_comes_back_as_it_was(store):
    await store.save(KITCHEN)

    assert await store.all() == [KITCHEN]


async def test_panels_come_by_serial(store):
    for serial in ("nj-3", "nj-1", "nj-2"):
        await store.save(replace(KITCHEN, serial=serial))

    assert [record.serial for record in await store.all()] == ["nj-1", "nj-2", "nj-3"]


async def test_saving_again_replaces_and_tells(store, log):
    await store.save(KITCHEN, [ADDED])
    moved = replace(KITCHEN, host="10.0.0.8", told={"door": "CLOSED"})
    await store.save(moved, [replace(ADDED, kind="PanelMoved")])

    assert await store.all() == [moved]
    assert await told(log) == ["PanelAdded", "PanelMoved"]


async def test_a_removed_panel_is_gone_and_its_events_stay(store, log):
    await store.save(KITCHEN, [ADDED])
    await store.remove("nj-2", [replace(ADDED, kind="PanelRemoved")])

    assert await store.all() == []
    assert await told(log) == ["PanelAdded", "PanelRemoved"]


async def test_removing_a_panel_that_is_not_there_tells_nothing(store, log):
    await store.remove("nj-2", [ADDED])

    assert await told(log) == []


async def test_a_panel_whose_event_cannot_be_told_is_not_saved(store, log):
    with pytest.raises(ValueError, match="not JSON"):
        await store.save(KITCHEN, [ADDED, replace(ADDED, data={"what": object()})])

    assert await store.all() == []
    assert await told(log) == []


@pytest.mark.parametrize("told", [{"power_w": math.inf}, {"what": object()}])
async def test_what_was_told_must_be_json(store, told):
    with pytest.raises(ValueError, match="JSON"):
        await store.save(replace(KITCHEN, told=told))


async def test_the_time_is_kept_to_the_microsecond(store, log):
    await store.save(KITCHEN, [ADDED])

    ((event,), _) = await log.since(None, [TopicFilter("panel")], 10)
    assert event.at == NOON


async def test_r35_a_token_is_in_no_repr(store):
    await store.save(KITCHEN)

    assert "canary" not in repr(await store.all())

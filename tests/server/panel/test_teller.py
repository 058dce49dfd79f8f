from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from clients.panel.models import RelayState
from schema.ports import NewEvent
from server.panel.counters import Counters
from server.panel.gateway import Gateway
from tests.fakes import VIRTUAL_TIME
from tests.server.panel.world import SERIAL

REGISTERED = NewEvent("panel", SERIAL, "PanelRegisteredAgain", {})


@pytest.fixture
def anyio_backend():
    return VIRTUAL_TIME


async def test_a_row_adopted_while_the_old_one_is_being_saved_is_saved_next(street) -> None:
    panel, save = street.build(), street.store.save
    gateway = Gateway(street.record(), panel, street.world)
    await gateway.poll()
    panel.change("kitchen", relay_state=RelayState.OPEN)

    async def slow(record, events=()):
        await asyncio.sleep(1)
        await save(record, events)

    street.store.save = slow
    telling = asyncio.create_task(gateway.poll())
    await asyncio.sleep(0.5)
    gateway.teller.adopt(replace(gateway.record, access_token="new"), REGISTERED)
    await telling
    saved_first = street.store.rows[SERIAL].access_token
    await gateway.teller.tell(gateway.view, Counters(street.limits), is_settled=True)

    assert saved_first == "secret"
    assert gateway.record.access_token == street.store.rows[SERIAL].access_token == "new"
    assert street.store.kinds() == ["CircuitRelayOpened", "PanelRegisteredAgain"]

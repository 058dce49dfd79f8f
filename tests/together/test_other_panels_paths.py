"""A token that names one panel learns nothing of another one from the paths beside the graph."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from schema.ports import EVERYBODY, Scope, Viewer
from server.config import DATABASE_FILE
from server.frames import FramesProtocol
from server.security.tokens import hashed
from server.security.views.plant import UNSAID
from server.stores.sqlite.tokens.file import opened as tokens
from server.stores.sqlite.tokens.store import SqliteTokenStore
from server.stores.tokens import TokenRecord
from tests.schema.serving import served
from tests.together.two_panels import ABSENT, Two, two_panels
from tests.together.whole import PATIENCE_S


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def two(anyio_backend, tmp_path_factory, span_panel_thread):
    async with two_panels(tmp_path_factory.mktemp("paths") / "data", span_panel_thread) as two:
        yield two


@pytest.fixture
async def keys(two: Two):
    """A token that sees all and one that does not, for as long as a test takes."""
    path, door = two.opened.app.state.config.server.data / DATABASE_FILE, two.opened.app.state.door
    store = SqliteTokenStore(two.opened.world.database)
    now = datetime(2026, 6, 21, tzinfo=UTC)
    with tokens(path) as file:
        for name, viewer in (("all", EVERYBODY), ("few", Viewer(Scope.ADMIN, two.viewer))):
            file.add(TokenRecord(name, name, hashed(name), viewer, now), max_tokens=2)
        door.know(await store.all())
        yield ("all", "few")
        for name in ("all", "few"):
            file.revoke(name)
        door.know(await store.all())


async def got(two: Two, path: str, token: str) -> httpx.Response:
    return await two.opened.http.get(path, headers={"x-api-key": token})


async def test_paths_tell_nothing_of_it(two, keys):
    for path in ("/factory/status", "/factory/logs?limit=1000", "/machine/anode/coating/status"):
        whole, some = [await got(two, path, token) for token in keys]
        assert (whole.status_code, some.status_code) == (200, 200), some.text
        assert two.leaked(whole.text) != [], path
        assert two.leaked(some.text) == [], path
        assert whole.json().keys() == some.json().keys()


async def test_the_export_says_of_it_what_it_says_of_one_that_there_never_was(two, keys):
    for metric in ("POWER_W", "CONSUMED_ENERGY_WH"):
        for with_circuit in (False, True):
            said = []
            for named in (two.other, ABSENT):
                circuit = f"&circuit={named.circuit_id}" if with_circuit else ""
                path = f"/export/series?panel={named.serial}&metric={metric}{circuit}"
                answer = await got(two, path, "few")
                said.append((answer.status_code, answer.text.replace(named.serial, "<serial>")))
                assert (await got(two, path, "all")).status_code == (200 if named is two.other else 404)
            assert said[0] == said[1]
            assert said[0][0] == 404
    assert (await got(two, f"/export/series?panel={two.own.serial}", "few")).status_code == 200


@pytest.mark.parametrize("ws", ["websockets-sansio", FramesProtocol])
async def test_the_plants_socket_tells_nothing_of_it(two, keys, ws):
    """Neither what was, nor what comes while one who may see it all listens beside it, whoever came first."""
    async with served(two.opened.app, ws=ws) as at:
        for order in (keys, keys[::-1]):
            last = (await two.opened.world.events.position()).seqs["plant"]
            heard: dict[str, list[str]] = {"all": [], "few": []}
            async with listening(at, order[0]) as first, listening(at, order[1]) as second:
                both = dict(zip(order, (first, second), strict=True))
                for token, socket in both.items():
                    while not heard[token] or json.loads(heard[token][-1])["sequence"] < last or len(heard[token]) < 2:
                        heard[token].append(await received(socket))
                await two.switch(two.other, "CLOSED")
                await two.switch(two.other, "OPEN")
                for token, socket in both.items():
                    while not was_stopped(heard[token][-1], after=last):
                        heard[token].append(await received(socket))
            assert [two.leaked(each) for each in heard["few"]] == [[]] * len(heard["few"])
            assert two.leaked(heard["all"][-1]) != []
            assert UNSAID in heard["few"][-1]


def listening(at: str, token: str) -> connect:
    return connect(f"ws://{at}/ws/status?after=0", additional_headers={"x-api-key": token})


async def received(socket: ClientConnection) -> str:
    return str(await asyncio.wait_for(socket.recv(), PATIENCE_S))


def was_stopped(text: str, after: int) -> bool:
    told = json.loads(text)
    return bool(told["sequence"] > after and told["kind"] == "machine_down" and told["detail"]["cause"] == "stopped")

"""A token that names one panel learns nothing of another one from the paths beside the graph."""

from __future__ import annotations

import asyncio
import json

import pytest
from websockets.asyncio.client import ClientConnection, connect

from server.frames import FramesProtocol
from server.security.views.plant import UNSAID
from tests.schema.serving import served
from tests.together.two_panels import ABSENT
from tests.together.whole import PATIENCE_S


async def test_paths_tell_nothing_of_it(two, keys):
    for path in ("/factory/status", "/factory/logs?limit=1000", "/machine/anode/coating/status"):
        whole, some = [await two.got(path, token) for token in keys]
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
                answer = await two.got(path, "few")
                said.append((answer.status_code, answer.text.replace(named.serial, "<serial>")))
                assert (await two.got(path, "all")).status_code == (200 if named is two.other else 404)
            assert said[0] == said[1]
            assert said[0][0] == 404
    assert (await two.got(f"/export/series?panel={two.own.serial}", "few")).status_code == 200


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

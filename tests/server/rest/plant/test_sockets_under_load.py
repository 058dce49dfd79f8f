"""The socket while much happens: the seam between replay and live, readers that stall or leave, and the end."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from schema.scalars import write_cursor
from server.plant.runs.limits import Limits
from server.rest.plant import sockets as sockets_module
from tests.schema.serving import until
from tests.server.rest.plant.face import ENDINGS, Face, running

BATCHES = 30
READERS = 12
EARLIER = ("one", "two", "three", "four")
"""More than a page of the log, so that a replay has a seam of its own between two pages."""


async def transitions(face: Face, after: str | int, last_batch: str, wait_s: float) -> list[int]:
    """The sequence numbers that a reader is told who comes after a while with an old cursor."""
    await asyncio.sleep(wait_s)
    found: list[int] = []
    async with asyncio.timeout(60), face.socket(after) as opened:
        while True:
            told = json.loads(await opened.recv())
            assert told["kind"] != "error", told
            if told["kind"] not in ("status", "progress"):
                found.append(told["sequence"])
            if told["batch_id"] == last_batch and told["kind"] in ENDINGS:
                return found


async def test_nothing_is_lost_or_told_twice_where_the_replay_meets_what_is_live(face: Face) -> None:
    dice = random.Random(11)
    for batch_id in EARLIER:
        await face.started(batch_id)
    log = await face.ended(EARLIER[-1])
    places = [dice.randrange(1, len(log)) for _ in range(READERS)]
    cursors = [dice.choice([place, log[place - 1]["cursor"]]) for place in places]
    readers = [
        asyncio.create_task(transitions(face, cursor, f"b{BATCHES - 1}", dice.random() * 0.5)) for cursor in cursors
    ]
    for number in range(BATCHES):
        await face.started(f"b{number}")
    for place, found in zip(places, await asyncio.gather(*readers), strict=True):
        assert found == list(range(place + 1, place + 1 + len(found)))


async def test_a_client_that_leaves_at_once_leaves_no_task_behind(face: Face) -> None:
    await face.ask("GET", "/health")
    before = len(asyncio.all_tasks())
    for number in range(30):
        async with face.socket(0 if number % 2 else None) as opened:
            if number % 3 == 0:
                await opened.recv()
            opened.transport.abort()
    await until(lambda: len(asyncio.all_tasks()) <= before)
    async with face.socket() as opened:
        assert json.loads(await opened.recv())["kind"] == "status"


async def test_who_does_not_read_is_cut_off_and_holds_up_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[tuple[int, str]] = []
    told = sockets_module.Sockets._told

    async def noted(self: Any, websocket: Any) -> tuple[int, str]:
        closed.append(await told(self, websocket))
        return closed[-1]

    monkeypatch.setattr(sockets_module.Sockets, "_told", noted)
    async with running(tmp_path, limits=Limits(send_s=0.5)) as face:
        host, port = face.http.base_url.host, face.http.base_url.port
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
            deaf.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(deaf, (host, port))
            asked = f"GET /ws/status?after=0 HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            await loop.sock_sendall(
                deaf, f"{asked}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {'A' * 22}==\r\n\r\n".encode()
            )
            assert (await loop.sock_recv(deaf, 64)).startswith(b"HTTP/1.1 101")
            readers = asyncio.create_task(transitions(face, 0, "b199", 0.0))
            for number in range(200):
                await face.started(f"b{number}")
            found = await readers
            assert found == list(range(1, len(found) + 1))
            await until(lambda: closed)
    assert closed[0] == (1013, "too slow; go on behind the last cursor")


async def test_a_message_beyond_the_limit_closes_that_socket_only(slow: Face) -> None:
    async with slow.socket() as loud, slow.socket() as quiet:
        await loud.recv()
        await quiet.recv()
        await loud.send("x" * 20_000_000)
        with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 (whichever message is the last)
            while True:
                await loud.recv()
        assert closed.value.sent is not None or closed.value.rcvd is not None
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
        await slow.ask("PATCH", "/machine/cell/aging/parameters", json={"temperature": 301.0})
        assert json.loads(await quiet.recv())["kind"] == "parameters_changed"


async def test_a_cursor_of_another_log_is_told_and_closed(slow: Face) -> None:
    position = await slow.world.events.position()
    foreign = write_cursor(type(position)("another", position.seqs))
    async with slow.socket(foreign) as opened:
        told = json.loads(await opened.recv())
        assert (told["kind"], told["error_code"]) == ("error", "CURSOR_INVALID")
        with pytest.raises(ConnectionClosed) as closed:
            await opened.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400


@pytest.mark.parametrize("query", ["x=1", "after=1&after=2"])
async def test_a_bad_query_of_a_socket_is_told_and_closed(slow: Face, query: str) -> None:
    async with slow.socket(f"0&{query}") as opened:
        told = json.loads(await opened.recv())
        assert (told["kind"], told["error_code"]) == ("error", "BAD_REQUEST")

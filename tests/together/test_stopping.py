"""R43: a server that is stopped under some hundred live sockets, with requests on their way."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from server.graphql.sockets.sockets import PROTOCOL
from tests.together.process import Busbar, free_port

AT_ONCE = 50
MOST_S = 60.0
RESTARTING = 1012
FEEDS = (
    "subscription { heartbeat(everyMs: 200) { seq } }",
    'subscription { events(topics: ["plant"]) { sequence } }',
    "subscription { machineUpdates { cursor } }",
)
HEAD = (
    b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)


async def watching(port: int, query: str) -> ClientConnection:
    socket = await connect(
        f"ws://127.0.0.1:{port}/graphql", subprotocols=[Subprotocol(PROTOCOL)], open_timeout=MOST_S, max_queue=1
    )
    await socket.send('{"type":"connection_init"}')
    assert json.loads(await socket.recv())["type"] == "connection_ack"
    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
    return socket


async def crowd(port: int, many: int) -> list[ClientConnection]:
    found: list[ClientConnection] = []
    for start in range(0, many, AT_ONCE):
        some = range(start, min(start + AT_ONCE, many))
        found += await asyncio.gather(*(watching(port, FEEDS[number % len(FEEDS)]) for number in some))
    return found


async def code_of(socket: ClientConnection) -> int | None:
    """How the server closed it, after whatever it had to say."""
    try:
        while True:
            await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


async def asked(port: int, query: str) -> bytes:
    """The whole answer to one request, which has been sent before this waits for the first time."""
    body = json.dumps({"query": query}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD % len(body) + body)
    answer = await reader.read()
    writer.close()
    return answer


async def all_watch(port: int, many: int) -> None:
    found = b""
    while b'"liveOperations":%d}' % many not in found:
        found = await asked(port, "{ serverInfo { liveOperations } }")


async def nobody_is_let_in(port: int) -> None:
    with suppress(ConnectionError):  # reset, if it is let in as the door closes
        while True:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()


class LatePanel:
    """Lets a request of busbar's wait, so that a mutation is on its way for as long as the test wants."""

    def __init__(self) -> None:
        self.is_asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def __call__(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.is_asked.set()
        await self.may_answer.wait()
        writer.close()


async def stopped(server: Busbar, port: int, many: int) -> None:
    sockets = await crowd(port, many)
    await all_watch(port, many)
    late = LatePanel()
    async with await asyncio.start_server(late, "127.0.0.1", 0) as panel:
        host, panel_port = panel.sockets[0].getsockname()
        on_its_way = asyncio.create_task(
            asked(port, f'mutation {{ addPanel(host: "{host}", port: {panel_port}) {{ __typename }} }}')
        )
        await late.is_asked.wait()
        codes = [asyncio.create_task(code_of(each)) for each in sockets]
        os.kill(server.pid, signal.SIGTERM)
        await nobody_is_let_in(port)
        assert not on_its_way.done()
        late.may_answer.set()
        answer = await on_its_way
        assert answer.startswith(b"HTTP/1.1 200"), answer
        assert b'{"data":{"addPanel":{"__typename":"' in answer
        assert Counter(await asyncio.gather(*codes)) == {RESTARTING: many}


@pytest.mark.parametrize("many", [300, pytest.param(2_000, marks=pytest.mark.soak)])
async def test_r43_a_stop_answers_what_is_asked_closes_each_socket_with_its_code_and_exits_0(
    tmp_path: Path, many: int
) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    port = free_port()
    with Busbar("serve", "--dev", "--port", str(port), "--data", tmp_path / "data", ready="busbar serves") as server:
        async with asyncio.timeout(MOST_S):
            await stopped(server, port, many)
        assert await asyncio.to_thread(server.ended) == 0
        assert ["panel.not_met" in line for line in server.lines] == [False, True], server.lines

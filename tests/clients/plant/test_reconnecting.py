"""A server that stops and starts again on its data and port while a batch runs; and sockets that break or lie."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from clients.plant.answers import Progress, Transition, Update
from clients.plant.client import PlantClient
from clients.plant.exceptions import PlantAuthError, PlantCursorExpiredError, PlantError, PlantProtocolError
from clients.plant.feed import Patience
from tests.clients.plant.world import IMPATIENT, busbar, transitions
from tests.schema.serving import listen, until

STATUS = {"sequence": 3, "cursor": "c3", "simulated_s": 0.0, "kind": "status"}


def free_port() -> int:
    with listen() as taken:
        return int(taken.getsockname()[1])


def transition(sequence: int, progress: float | None = None, kind: str = "machine_working") -> dict[str, Any]:
    return {
        "sequence": sequence,
        "cursor": f"c{sequence}",
        "at": "2026-01-01T00:00:00Z",
        "simulated_s": 1.0,
        "kind": kind,
        "batch_id": "b",
        "machine": "anode/calendaring",
        "progress": progress,
        "detail": {},
    }


def sample(sequence: int, progress: float) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "cursor": f"c{sequence}",
        "simulated_s": 1.0,
        "kind": "progress",
        "batch_id": "b",
        "progress": progress,
    }


async def told(*connections: tuple[list[Any], int], most: int = 100) -> tuple[list[Update], list[str], str]:
    """What a client makes of these connections (messages, then a close code), where it asked, and how it ended."""
    asked: list[str] = []

    async def handle(socket: ServerConnection) -> None:
        assert socket.request is not None
        messages, code = connections[min(len(asked), len(connections) - 1)]
        asked.append(socket.request.path)
        for message in messages:
            await socket.send(message if isinstance(message, str | bytes) else json.dumps(message))
        await socket.close(code, "said so")

    found: list[Update] = []
    async with serve(handle, "127.0.0.1", 0) as server, asyncio.timeout(20):
        port = next(iter(server.sockets)).getsockname()[1]
        async with PlantClient(f"http://127.0.0.1:{port}", patience=IMPATIENT) as client:
            try:
                async with aclosing(client.follow(batch_id="b")) as updates:
                    async for update in updates:
                        found.append(update)
                        if len(found) == most:
                            break
            except PlantError as error:
                return found, asked, type(error).__name__
    return found, asked, "ended"


async def test_a_server_that_restarts_while_a_batch_runs(tmp_path: Path) -> None:
    port = free_port()
    seen: list[Update] = []
    lost: list[str] = []
    patience = Patience(shortest_s=0.01, longest_s=0.05)

    async def reading(client: PlantClient, after: str) -> None:
        async with aclosing(client.follow(after, "long", on_lost=lost.append)) as updates:
            async for update in updates:
                seen.append(update)  # noqa: PERF401 (looked at meanwhile)

    async with PlantClient(f"http://127.0.0.1:{port}", patience=patience) as client, asyncio.timeout(110):
        async with busbar(tmp_path, port, 20_000.0):
            place = (await client.status()).cursor
            await client.add_batch("long")
            follower = asyncio.create_task(reading(client, place))
            await until(lambda: len(list(transitions(seen))) >= 5)
        async with busbar(tmp_path, port, 20_000.0):
            before = len(list(transitions(seen)))
            await until(lambda: len(list(transitions(seen))) >= before + 3)
        async with busbar(tmp_path, port, "max"):
            await follower
            log = [each for each in (await client.logs(place, 1000)).entries if each.batch_id == "long"]
    assert len(lost) >= 2
    own = list(transitions(seen))
    assert [each.sequence for each in own] == [each.sequence for each in log]
    assert own[-1].is_last
    progress = [each.progress for each in seen if each.progress is not None]
    assert progress == sorted(progress)


async def test_going_on_behind_the_last_transition() -> None:
    first = [STATUS, transition(4, 0.1), sample(4, 0.3)]
    again = [{**STATUS, "sequence": 4, "cursor": "c4"}, transition(4, 0.1), sample(4, 0.2), transition(5, 0.25)]
    last = [{**STATUS, "sequence": 5, "cursor": "c5"}, transition(6, 1.0, "batch_completed")]
    found, asked, how = await told((first, 1012), (again, 1013), (last, 1000))
    assert asked == ["/ws/status", "/ws/status?after=c4", "/ws/status?after=c5"]
    assert [each.sequence for each in found if isinstance(each, Transition)] == [4, 5, 6]
    assert [each.progress for each in found] == [0.1, 0.3, 0.3, 1.0]
    assert [isinstance(each, Progress) for each in found] == [False, True, False, False]
    assert how == "ended"


async def test_a_connection_lost_before_anything_happened() -> None:
    last = [STATUS, transition(4, 1.0, "batch_completed")]
    _, asked, how = await told(([STATUS], 1006 + 6), (last, 1000))
    assert asked == ["/ws/status", "/ws/status?after=c3"]
    assert how == "ended"


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 1013])
async def test_codes_that_heal(code: int) -> None:
    _, asked, how = await told(([STATUS], code), ([STATUS, transition(4, 1.0, "batch_failed")], 1000))
    assert (len(asked), how) == (2, "ended")


@pytest.mark.parametrize(
    ("code", "error"),
    [(4401, PlantAuthError), (4400, PlantProtocolError), (1002, PlantProtocolError), (1008, PlantProtocolError)],
)
async def test_codes_that_do_not(code: int, error: type[PlantError]) -> None:
    _, asked, how = await told(([STATUS, transition(4)], code))
    assert (len(asked), how) == (1, error.__name__)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "{",
        b"\xff",
        '{"kind": 1}',
        "x" * 2_500_000,
        "[" * 100_000,
        json.dumps(transition(6)),
        '{"kind": "progress"}',
    ],
)
async def test_messages_that_are_none(message: str | bytes) -> None:
    _, asked, how = await told(([STATUS, message], 1000))
    assert (len(asked), how) == (1, PlantProtocolError.__name__)


async def test_an_expired_cursor() -> None:
    error = {"kind": "error", "error_code": "CURSOR_EXPIRED", "message": "gone", "detail": {"oldest": 7}}
    _, asked, how = await told(([STATUS], 1012), ([error], 4400))
    assert (len(asked), how) == (2, PlantCursorExpiredError.__name__)


async def test_no_status_first() -> None:
    assert (await told(([transition(4)], 1000)))[2] == PlantProtocolError.__name__


@given(st.integers(0, 10_000), st.integers())
def test_pauses_stay_within_their_bounds(attempt: int, seed: int) -> None:
    patience = Patience(dice=random.Random(seed))
    assert 0.125 <= patience.pause_s(attempt) <= 10.0
    assert patience.pause_s(0) <= 0.25


async def test_the_pauses_grow_until_there_is_news() -> None:
    pauses: list[float] = []

    async def sleep(pause_s: float) -> None:
        pauses.append(pause_s)
        if len(pauses) == 6:
            raise asyncio.CancelledError

    patience = Patience(1.0, 8.0, sleep=sleep, dice=random.Random(1))
    count = 0

    async def handle(socket: ServerConnection) -> None:
        nonlocal count
        count += 1
        await socket.send(json.dumps(STATUS))
        if count == 4:
            await socket.send(json.dumps(transition(4)))
        await socket.close(1012)

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with PlantClient(f"http://127.0.0.1:{port}", patience=patience) as client:
            with pytest.raises(asyncio.CancelledError):
                async for _ in client.follow():
                    pass
    full = [1.0, 2.0, 4.0, 1.0, 2.0, 4.0]
    assert all(whole / 2 <= pause <= whole for pause, whole in zip(pauses, full, strict=True))
    assert len(set(pauses)) == 6


async def test_a_socket_is_not_redirected() -> None:
    visits: list[str] = []

    def elsewhere(_socket: ServerConnection, request: Request) -> Response:
        visits.append(request.path)
        return Response(200, "OK", Headers())

    async with serve(handle_nothing, "127.0.0.1", 0, process_request=elsewhere) as thief:
        target = f"ws://127.0.0.1:{next(iter(thief.sockets)).getsockname()[1]}/"
        moved = Response(302, "Found", Headers(Location=target))
        async with serve(handle_nothing, "127.0.0.1", 0, process_request=lambda _socket, _request: moved) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            async with PlantClient(f"http://127.0.0.1:{port}", "token") as client:
                with pytest.raises(PlantProtocolError):
                    await anext(client.follow())
    assert visits == []


async def handle_nothing(_socket: ServerConnection) -> None:
    return

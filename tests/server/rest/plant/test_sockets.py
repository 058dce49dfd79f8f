"""WS /ws/status: envelopes once and in order, from a cursor, for many; who does not read is cut off."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.plant.runs.limits import Limits
from tests.server.rest.plant.face import Face, running, until_end

FIELDS = {"sequence", "cursor", "at", "simulated_s", "kind", "batch_id", "machine", "progress", "detail"}


def transitions(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in found if each["kind"] not in ("progress", "status")]


async def receive(socket: Any) -> Any:
    async with asyncio.timeout(20):
        return json.loads(await socket.recv())


async def test_a_socket_begins_with_the_plant_and_tells_every_transition_once(face: Face) -> None:
    async with face.socket() as socket:
        status = await receive(socket)
        assert status["kind"] == "status"
        assert status["detail"]["state"] == "idle"
        assert len(status["detail"]["machines"]) == 16
        await face.started("a")
        found = await until_end(socket, "a")
    assert all(set(each) == FIELDS for each in found)
    told = transitions(found)
    assert told[0]["kind"] == "batch_queued"
    assert [each["sequence"] for each in told] == list(range(status["sequence"] + 1, told[-1]["sequence"] + 1))
    progress = [each["progress"] for each in found if each["batch_id"] == "a"]
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0.0, 1.0)
    assert "anode/calendaring" in {each["machine"] for each in told}
    logs = (await face.ask("GET", f"/factory/logs?limit=1000&after={status['cursor']}"))["logs"]
    assert logs[: len(told)] == told


async def test_a_reader_that_goes_on_from_its_cursor_misses_nothing(face: Face) -> None:
    seen: list[int] = []
    async with face.socket() as socket:
        cursor = (await receive(socket))["cursor"]
    for batch_id in ("a", "b", "c"):
        await face.started(batch_id)
    while len(seen) < 100:
        async with face.socket(cursor) as socket:
            begun = await receive(socket)
            assert begun["cursor"] == cursor
            for _ in range(23):
                told = await receive(socket)
                cursor = told["cursor"]
                if told["kind"] != "progress":
                    seen.append(told["sequence"])
    assert seen == list(range(seen[0], seen[0] + len(seen)))


async def test_what_happens_to_the_plant_is_told_at_once(slow: Face) -> None:
    async with slow.socket() as socket:
        await receive(socket)
        await slow.ask("PATCH", "/machine/cell/aging/parameters", json={"temperature": 300.0})
        told = await receive(socket)
        assert (told["kind"], told["machine"], told["batch_id"]) == ("parameters_changed", "cell/aging", None)
        await slow.world.plant.pause()
        assert (await receive(socket))["kind"] == "plant_paused"
        await slow.world.plant.resume()


async def test_a_hundred_sockets_hear_the_same(face: Face) -> None:
    sockets = await asyncio.gather(*(face.socket() for _ in range(100)))
    try:
        await face.started("a")
        found = await asyncio.gather(*(until_end(socket, "a") for socket in sockets))
        told = [transitions(each) for each in found]
        assert all(each == told[0] for each in told)
    finally:
        await asyncio.gather(*(socket.close() for socket in sockets))
    async with face.socket() as socket:
        assert (await receive(socket))["kind"] == "status"


@pytest.mark.parametrize("after", ["nonsense", "999999", "", "-1"])
async def test_a_bad_cursor_is_told_and_closed(slow: Face, after: str) -> None:
    async with slow.socket(after) as socket:
        told = await receive(socket)
        assert (told["kind"], told["message"][:6]) == ("error", "after:")
        with pytest.raises(ConnectionClosed) as closed:
            await receive(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400


async def test_what_clients_say_is_not_heard(slow: Face) -> None:
    async with slow.socket() as socket:
        for said in ("hello", b"\x00", "{", "x" * 10_000):
            await socket.send(said)
        assert (await receive(socket))["kind"] == "status"


async def test_who_falls_out_of_the_feed_is_cut_off(tmp_path: Path) -> None:
    async with running(tmp_path, 1.0, limits=Limits(kept_envelopes=5)) as face, face.socket() as socket:
        await receive(socket)
        await face.started("a")
        await face.world.plant.set_speed(None)
        await asyncio.gather(*(face.started(f"b{number}") for number in range(10)))
        found = [await receive(socket)]
        from schema.ports import Speed  # noqa: PLC0415

        await face.world.plant.set_speed(Speed.of("max"))
        with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 (whichever message is the last)
            while True:
                found.append(await receive(socket))
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, "too slow" in closed.value.rcvd.reason) == (1013, True)
        told = [each["sequence"] for each in transitions(found)]
        assert told == list(range(told[0], told[0] + len(told)))
        async with face.socket(found[-1]["cursor"]) as again:
            await receive(again)
            assert (await receive(again))["sequence"] == found[-1]["sequence"] + 1


async def test_with_a_token_a_socket_proves_it(tmp_path: Path) -> None:
    async with running(tmp_path, 1.0, tokens=["secret"]) as face:
        assert (await face.http.get("/health")).status_code == 200
        assert (await face.http.get("/factory/status")).status_code == 401
        async with face.socket(additional_headers={"X-API-Key": "secret"}) as socket:
            assert (await receive(socket))["kind"] == "status"
        async with face.socket() as socket:
            await socket.send('{"X-API-Key": "secret"}')
            assert (await receive(socket))["kind"] == "status"
        for proof in ('{"X-API-Key": "wrong"}', "{", "[]"):
            async with face.socket() as socket:
                await socket.send(proof)
                with pytest.raises(ConnectionClosed) as closed:
                    await receive(socket)
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 4401
        with pytest.raises(InvalidStatus):
            await face.socket(additional_headers={"X-API-Key": "wrong"})


async def test_no_more_sockets_than_the_limit(tmp_path: Path) -> None:
    async with (
        running(tmp_path, 1.0, limits=Limits(sockets=2)) as face,
        face.socket() as first,
        face.socket() as second,
    ):
        await receive(first)
        await receive(second)
        with pytest.raises(InvalidStatus):
            await face.socket()


async def test_under_another_server_the_same_is_told_message_by_message(tmp_path: Path) -> None:
    async with running(tmp_path, ws="websockets-sansio") as face, face.socket() as socket:
        cursor = (await receive(socket))["cursor"]
        await face.started("a")
        told = transitions(await until_end(socket, "a"))
        assert (await face.ask("GET", f"/factory/logs?limit=1000&after={cursor}"))["logs"][: len(told)] == told


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}])
async def test_a_page_of_another_origin_gets_no_socket(slow: Face, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await slow.socket(additional_headers=headers)
    assert refused.value.response.status_code == 403


async def test_a_page_of_this_origin_does(slow: Face) -> None:
    for headers in (
        {"Origin": str(slow.http.base_url).rstrip("/")},
        {"Origin": "https://public.example", "Sec-Fetch-Site": "same-origin"},
    ):
        async with slow.socket(additional_headers=headers) as socket:
            assert (await receive(socket))["kind"] == "status"


async def test_a_plain_get_is_told_to_upgrade(slow: Face) -> None:
    answer = await slow.http.get("/ws/status")
    assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
    assert answer.json()["error_code"] == "UPGRADE_REQUIRED"
    assert (await slow.error("POST", "/ws/status", 405))["detail"] == {"allowed": "GET, HEAD"}

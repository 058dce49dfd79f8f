from __future__ import annotations

import httpx
import pytest

from emulator import transport
from emulator.commands import SetGrid
from emulator.errors import CommandRefusedError
from emulator.listing import as_lines, as_table
from tests.emulator.recording.conftest import RECORDED_TICK, answer


async def ask(panel, path, method="GET", **options) -> httpx.Response:
    if not len(panel.clients):
        panel.clients.register("tests", None, 0)
    headers = {"Authorization": f"Bearer {next(iter(panel.clients)).token}"}
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://panel/api/v1", headers=headers) as client:
        return await client.request(method, path, **options)


async def test_a_route_answers_what_it_had_answered_by_then(replay, wall):
    panel = replay(answer(2.9, "/panel", "first"), answer(4.6, "/panel", "second"), answer(9.0, "/panel", "last"))
    shown = []
    for _ in range(12):
        shown.append((await ask(panel, "/panel")).text)
        wall.now_s += 1

    assert shown == ["first"] * 4 + ["second"] * 5 + ["last"] * 3


async def test_the_clock_begins_when_it_was_recorded_and_can_be_moved(replay):
    panel = replay(answer(0, "/panel", "first"), answer(3600, "/panel", "last"), speed=0.0)

    assert panel.clock.tick() == RECORDED_TICK
    assert (await ask(panel, "/panel")).text == "first"
    panel.clock.step(3600)
    assert (await ask(panel, "/panel")).text == "last"


async def test_another_start_moves_the_whole_recording(replay):
    panel = replay(answer(0, "/panel", "first"), answer(5, "/panel", "last"), start=1000, speed=0.0)

    panel.clock.jump(1004)
    assert (await ask(panel, "/panel")).text == "first"
    panel.clock.jump(1005)
    assert (await ask(panel, "/panel")).text == "last"


async def test_status_headers_and_bodies_come_as_they_were(replay):
    html = answer(0, "/panel", "<html>", status=502, headers={"Content-Type": "text/html", "retry-after": "7"})
    binary = answer(0, "/circuits", body_base64="//79")
    del binary["body"]
    panel = replay(html, binary)

    busy, odd = await ask(panel, "/panel"), await ask(panel, "/circuits")

    assert (busy.status_code, busy.content, busy.headers["retry-after"]) == (502, b"<html>", "7")
    assert busy.headers["content-type"] == "text/html"
    assert odd.content == b"\xff\xfe\xfd"


async def test_a_token_is_wanted_and_the_door_gives_it(replay):
    panel = replay(answer(0, "/panel"), answer(0, "/status"))
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://panel/api/v1") as stranger:
        assert (await stranger.get("/status")).status_code == 200
        assert (await stranger.get("/panel")).status_code == 401
        assert (await stranger.post("/auth/register", json={"name": "me"})).status_code == 403
        for _ in range(3):
            panel.press_door()
        token = (await stranger.post("/auth/register", json={"name": "me"})).json()["accessToken"]
        assert (await stranger.get("/panel", headers={"Authorization": f"Bearer {token}"})).status_code == 200


async def test_what_was_not_recorded_is_404_and_names_what_was(replay):
    refused = await ask(replay(answer(0, "/panel"), answer(0, "/status")), "/storage/soe")

    assert refused.status_code == 404
    assert refused.json() == {"detail": "not in this recording, which has /panel, /status"}


@pytest.mark.parametrize("path", ["/panel/grid", "/circuits/anything", "/storage/soe", "/panel/emergency-reconnect"])
async def test_writing_is_refused(replay, path):
    refused = await ask(replay(answer(0, "/panel")), path, "POST", json={"relayState": "OPEN"})

    assert refused.status_code == 409
    assert "cannot be changed" in refused.json()["detail"]


def test_a_command_is_refused_and_changes_nothing(replay):
    panel = replay(answer())

    with pytest.raises(CommandRefusedError, match="recording"):
        panel.command(SetGrid(up=False))
    assert panel.device.version == 0


def test_it_is_listed_with_the_size_that_was_recorded(replay):
    circuits = '{"circuits": {"a": {"name": "Kitchen"}, "b": {"name": null}}}'
    panel = replay(answer(0, "/panel", '{"branches": [1, 2, 3]}'), answer(0, "/circuits", circuits))

    assert "3 tabs, 2 circuits" in as_table([panel], "127.0.0.1", [8180], None)
    assert '"serial":"nj-0000-00000"' in as_lines([panel], "127.0.0.1", [8180], None)
    assert [circuit.name for circuit in panel.reading().circuits] == ["Kitchen", "b"]


@pytest.mark.parametrize(
    "body", ["[]", "null", '{"branches": 3}', '{"circuits": [1]}', "\x00", '{"circuits": {"": 1}}']
)
def test_nonsense_in_the_recording_is_replayed_all_the_same(replay, body):
    panel = replay(answer(0, "/panel", body), answer(0, "/circuits", body))

    assert panel.reading().tick == RECORDED_TICK

from __future__ import annotations

import asyncio

import httpx
import pytest

from emulator.control.app import ControlApp
from emulator.control.fleet import Control
from emulator.control.guard import Guard
from emulator.errors import ControlRefusedError

JSON = {"content-type": "application/json"}
TOKEN = "correct-horse"


def guarded(control: Control, guard: Guard) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=ControlApp(control, guard)), base_url="http://localhost")


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8179", "LOCALHOST", "127.0.0.1:8179", "127.0.0.9", "[::1]:8179", "[::1]"]
)
async def test_r38_the_control_answers_to_this_machines_own_names(program, host):
    assert (await program.get("/panels", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.168.1.2",
        "8.8.8.8:8179",
        "127.0.0.1:8179@evil.example",
        "[::ffff:8.8.8.8]",
        "localhost:",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/panels", "/", "/docs", "/openapi.json"])
async def test_r38_a_name_that_was_rebound_to_this_machine_is_turned_away(program, host, path):
    answer = await program.get(path, headers={"host": host})

    assert answer.status_code == 421
    assert answer.json()["where"] == "host"
    assert "localhost" in answer.json()["possible"]


async def test_r38_two_hosts_are_none(controller):
    reader, writer = await asyncio.open_connection("127.0.0.1", controller.base_url.port)

    writer.write(b"GET /panels HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")

    assert (await reader.readline()).startswith(b"HTTP/1.1 421 ")
    writer.close()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
async def test_r38_a_page_cannot_post_what_browsers_send_without_asking(program, panels, kind):
    headers = {"content-type": kind} if kind else {}

    answer = await program.post("/step", content=b'{"seconds": 5}', headers=headers)

    assert answer.status_code == 415
    assert len({panel.clock.tick() for panel in panels}) == 1
    assert not panels[0].control.log


async def test_a_content_type_may_say_its_character_set(program):
    answer = await program.post(
        "/step", content=b'{"seconds": 5}', headers={"content-type": "Application/JSON;charset=utf-8"}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:9", "http://localhost.evil"])
async def test_r38_a_page_of_another_origin_changes_nothing(program, origin):
    headers = {"origin": origin, "host": "localhost", **JSON}

    assert (await program.post("/step", content=b'{"seconds": 5}', headers=headers)).status_code == 403


async def test_r38_the_controls_own_page_may_change(program):
    headers = {"origin": "http://localhost:8179", "host": "localhost:8179", **JSON}

    assert (await program.post("/step", content=b'{"seconds": 5}', headers=headers)).status_code == 200


async def test_r38_a_browser_that_asks_first_is_not_encouraged(program):
    answer = await program.options("/step", headers={"origin": "http://evil.example"})

    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.9", "panel.example"])
def test_r38_a_place_open_to_the_network_needs_a_token(host):
    with pytest.raises(ControlRefusedError, match="BUSBAR_EMULATOR_TOKEN"):
        Guard(host)


@pytest.mark.parametrize("token", ["", "short", "with a space", "tab\tin the token", "schlüssel-über"])
def test_r38_a_token_that_is_no_secret_is_refused(token):
    with pytest.raises(ControlRefusedError, match="8 or more visible ASCII characters") as refused:
        Guard("127.0.0.1", token=token)

    assert token == "" or token not in str(refused.value)


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong-horse", f"Basic {TOKEN}", TOKEN, "Bearer \xff"])
@pytest.mark.parametrize("path", ["/panels", "/state", "/nothing"])
async def test_r38_without_the_token_nothing_is_told(control, authorization, path):
    headers = [(b"authorization", authorization.encode("latin-1"))] if authorization else []

    async with guarded(control, Guard(token=TOKEN)) as client:
        answer = await client.get(path, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert TOKEN not in answer.text
    assert control.panels[0].serial not in answer.text


async def test_r38_with_the_token_all_is_open_and_without_it_the_documents_are(control):
    async with guarded(control, Guard("0.0.0.0", token=TOKEN)) as client:
        assert (await client.get("/panels", headers={"authorization": f"bearer {TOKEN}"})).status_code == 200
        assert (await client.get("/openapi.json")).status_code == 200


def test_r35_the_token_does_not_show_in_the_guards_repr():
    assert TOKEN not in repr(Guard(token=TOKEN))


@pytest.mark.parametrize(
    ("host", "status"),
    [("192.168.1.9:8179", 200), ("[fe80::1]", 200), ("emulator:8179", 200), ("evil.example", 421)],
)
async def test_r38_on_the_network_addresses_and_the_names_it_was_given_are_its_own(control, host, status):
    async with guarded(control, Guard("0.0.0.0", ("Emulator",), TOKEN)) as client:
        answer = await client.get("/panels", headers={"host": host, "authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == status


@pytest.mark.parametrize("name", ["", "x" * 65, "a\tb", "\xe9"])
async def test_a_controller_that_gives_no_proper_name_is_refused(program, panels, name):
    headers = [(b"x-busbar-as", name.encode("latin-1")), (b"content-type", b"application/json")]

    answer = await program.post("/step", content=b'{"seconds": 5}', headers=headers)

    assert answer.status_code == 422
    assert answer.json()["where"] == "x-busbar-as"
    assert not panels[0].control.log


async def test_a_controller_without_a_name_is_its_address(program):
    (done, _) = (await program.post("/step", json={"seconds": 1})).json()["done"]

    assert done["by"] == "127.0.0.1"

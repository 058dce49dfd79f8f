"""DNS rebinding: a name that is not ours is refused, on requests and on sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.middleware import Middleware
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from server.security.hosts import SPELLINGS, Hosts, is_loopback, own_names
from tests.server.security.walled import Seen, walled

NAMES = own_names("10.0.0.5", "https://Public.example/busbar", ["lab.example", "::2"])
OURS = [
    "localhost",
    "LocalHost:8000",
    "127.0.0.1",
    "127.0.0.1:1",
    "[::1]:8000",
    "10.0.0.5",
    "public.example",
    "public.example.",
    "lab.example:443",
    "[::2]",
]
OTHERS = [
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "evil-lab.example",
    "lab.example.evil",
    "10.0.0.6",
    "0.0.0.0",
    "[::3]",
    "127.0.0.2",
    "2130706433",
]
NO_HOSTS = [
    "",
    "a b",
    "a@lab.example",
    "lab.example/",
    "http://lab.example",
    "lab.example:",
    "lab.example:x",
    "[::1",
    "*",
]


@pytest.fixture
async def server() -> AsyncIterator[tuple[httpx.AsyncClient, Seen]]:
    async with walled(Middleware(Hosts, names=NAMES)) as found:
        yield found


async def test_our_names_pass(server: tuple[httpx.AsyncClient, Seen]) -> None:
    http, _ = server
    for host in OURS * 2:  # the second time it is known
        assert (await http.get("/metrics", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    ("path", "code"), [("/metrics", "error_code"), ("/graphql", "errors"), ("/healthz", "error_code")]
)
async def test_other_names_are_refused_before_anything_is_done(
    server: tuple[httpx.AsyncClient, Seen], path: str, code: str
) -> None:
    http, seen = server
    for host in OTHERS:
        answer = await http.post(path, headers={"host": host})
        assert (answer.status_code, code in answer.json()) == (421, True)
        assert "allowed_hosts" in answer.text
    assert not seen.requests


async def test_what_is_no_host_is_no_request(server: tuple[httpx.AsyncClient, Seen]) -> None:
    http, seen = server
    for host in NO_HOSTS:
        assert (await http.get("/metrics", headers={"host": host})).status_code == 400, host
    assert not seen.requests


async def raw(http: httpx.AsyncClient, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port)
    writer.write(request)
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /metrics HTTP/1.0\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n",
    ],
)
async def test_none_and_two_are_refused(server: tuple[httpx.AsyncClient, Seen], request_: bytes) -> None:
    http, seen = server
    assert b" 400 " in await raw(http, request_)
    assert not seen.requests


@pytest.mark.parametrize("path", ["/ws/status", "/graphql"])
async def test_a_socket_is_held_to_it_too(server: tuple[httpx.AsyncClient, Seen], path: str) -> None:
    http, seen = server
    url = f"ws://{{}}:{http.base_url.port}{path}"
    with pytest.raises(InvalidStatus) as refused:
        await connect(url.format("evil.example"), host="127.0.0.1", port=http.base_url.port, proxy=None)
    assert refused.value.response.status_code == 421
    assert not seen.requests
    async with connect(url.format("127.0.0.1"), proxy=None) as socket:
        assert await socket.recv() == "true", "the frames of fan-out pass"


async def test_the_address_that_was_connected_to_is_a_name() -> None:
    async with walled(Middleware(Hosts, names=["lab.example"])) as (http, _):
        assert (await http.get("/metrics")).status_code == 200
        assert (await http.get("/metrics", headers={"host": "localhost"})).status_code == 421


async def test_what_is_remembered_is_bounded() -> None:
    async def served(*_arguments: object) -> None:
        return None

    hosts = Hosts(served, ["lab.example"])
    for port in range(1, 1000):
        for host in (f"lab.example:{port}", f"evil{port}.example"):
            scope = {"type": "http", "path": "/", "headers": [(b"host", host.encode())]}
            await hosts(scope, served, served)  # type: ignore[arg-type]
    assert len(hosts._spellings) == SPELLINGS
    assert all(spelling.startswith(b"lab.example") for spelling in hosts._spellings)


@pytest.mark.parametrize("wildcard", ["0.0.0.0", "::"])
def test_a_wildcard_is_no_name(wildcard: str) -> None:
    assert own_names(wildcard, None, []) == {"localhost", "127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.5", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(host: str, is_ours: bool) -> None:
    assert is_loopback(host) is is_ours

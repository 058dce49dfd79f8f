"""R33: the address that was checked is the one that is asked, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import httpx
import pytest

from clients.http import open_client
from clients.panel.client import SpanPanelClient
from clients.panel.exceptions import SpanPanelAPIError, SpanPanelConnectionError
from schema.panel.refusals import PanelAddressRefused, PanelUnreachable
from server.clock import Clock
from server.panel.dial import over_http
from server.panel.pinned import PanelOutOfReachError, PinnedTransport, resolved
from server.panel.registry import Registry
from server.security.reach import Reach
from tests.server.panel.world import Street

HERE = Reach(loopback=True)
GOOD, EVIL = "127.0.0.1", "127.0.0.2"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@dataclass
class House:
    """A socket on one address that answers each request alike, and keeps what it was asked."""

    address: str
    answer: bytes = OK
    port: int = 0
    asked: list[str] = field(default_factory=list)
    closes: bool = False
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while True:
                self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
                writer.write(self.answer)
                if self.closes:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[House]:
        async with await asyncio.start_server(self._serve, self.address, self.port) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self
            for writer in self._open:
                writer.transport.abort()


@dataclass
class Names:
    """A resolver whose answers are given one after another; the last one stays."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def client(names: Names, port: int, reach: Reach = HERE) -> httpx.AsyncClient:
    return open_client(f"http://panel.local:{port}", PinnedTransport(reach, names))


async def test_r33_a_name_that_changes_its_answer_changes_nothing() -> None:
    """DNS rebinding: the second answer is never asked for, let alone connected to."""
    names = Names([[GOOD], [EVIL]])
    async with (
        House(GOOD).open() as good,
        House(EVIL, port=good.port).open() as evil,
        client(names, good.port) as http,
    ):
        for path in ("/a", "/b", "/c"):
            assert (await http.get(path)).status_code == 200

    assert [line.split()[1] for line in good.asked] == ["/a", "/b", "/c"]
    assert (evil.asked, names.asked) == ([], ["panel.local"])


async def test_r33_new_connections_go_to_the_checked_address_too() -> None:
    names = Names([[GOOD], [EVIL]])
    answer = OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
    async with (
        House(GOOD, answer, closes=True).open() as good,
        House(EVIL, port=good.port).open() as evil,
        client(names, good.port) as http,
    ):
        for path in ("/a", "/b", "/c"):
            await http.get(path)

    assert (len(good.asked), evil.asked, names.asked) == (3, [], ["panel.local"])


async def test_the_host_header_keeps_the_name() -> None:
    async with House(GOOD).open() as good, client(Names([[GOOD]]), good.port) as http:
        await http.post("/a", content=b"x")

    assert f"\r\nhost: panel.local:{good.port}\r\n" in good.asked[0].lower()


async def test_over_tls_the_name_is_asked_for_and_not_the_address() -> None:
    asked: list[str | None] = []

    def name_asked(_socket: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        asked.append(name)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = name_asked

    async with await asyncio.start_server(lambda *_: None, GOOD, 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        async with open_client(f"https://panel.local:{port}", PinnedTransport(HERE, Names([[GOOD]]))) as http:
            with pytest.raises(httpx.TransportError):
                await http.get("/")

    assert asked == ["panel.local"]


async def test_after_a_failure_the_name_is_looked_up_and_checked_again() -> None:
    names = Names([[GOOD], [EVIL], ["169.254.169.254"]])
    async with client(names, 1) as http:
        async with House(GOOD).open() as old:
            http.base_url = httpx.URL(f"http://panel.local:{old.port}")
            await http.get("/old")
        async with House(EVIL, port=old.port).open() as moved:
            with pytest.raises(httpx.TransportError):
                await http.get("/gone")
            await http.get("/moved")
            assert [line.split()[1] for line in moved.asked] == ["/moved"]
        with pytest.raises(httpx.TransportError):
            await http.get("/gone")
        with pytest.raises(PanelOutOfReachError):
            await http.get("/again")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", b"nonsense\r\n\r\n"])
async def test_an_answer_that_breaks_off_is_a_failure_too(answer: bytes) -> None:
    names = Names([[GOOD]])
    async with House(GOOD, answer, closes=True).open() as house, client(names, house.port) as http:
        for _ in range(2):
            with pytest.raises(httpx.TransportError):
                await http.get("/")

    assert len(names.asked) == 2


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"])
async def test_an_answer_that_does_not_come_in_time_is_a_failure_too(answer: bytes) -> None:
    names = Names([[GOOD]])
    async with House(GOOD, answer).open() as house, client(names, house.port) as http:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await http.get("/")

    assert len(names.asked) == 2


async def test_of_two_allowed_addresses_the_one_that_answers_is_kept() -> None:
    names = Names([[EVIL, GOOD]])
    async with House(GOOD).open() as good, client(names, good.port) as http:
        for _ in range(2):
            await http.get("/")

    assert (len(good.asked), names.asked) == (2, ["panel.local"])


async def test_an_address_that_did_not_answer_in_time_comes_last_the_next_time() -> None:
    names = Names([[EVIL, GOOD]])
    async with House(GOOD).open() as good, House(EVIL, b"", good.port).open(), client(names, good.port) as http:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await http.get("/")
        assert (await http.get("/")).status_code == 200


@pytest.mark.parametrize(
    "answers", [[GOOD, "169.254.169.254"], ["10.0.0.1", GOOD], ["fe80::1%1"], ["::ffff:127.0.0.1"]]
)
async def test_r33_nothing_is_sent_where_one_address_is_refused(answers: list[str]) -> None:
    async with House(GOOD).open() as good, client(Names([answers]), good.port, Reach()) as http:
        with pytest.raises(PanelOutOfReachError, match=r"^panel\.local is "):
            await http.get("/")

    assert good.asked == []


@pytest.mark.parametrize("host", [GOOD, "127.1", "2130706433", "0x7f000001", "0177.1", "localhost", "[::1]", "0"])
async def test_r33_the_systems_own_resolver_is_looked_at_as_well(host: str) -> None:
    transport = PinnedTransport(Reach())
    async with House(GOOD).open() as good, SpanPanelClient(host, good.port, transport=transport) as panel:
        with pytest.raises(PanelOutOfReachError):
            await panel.get_status()

    assert good.asked == []


async def test_r33_a_redirect_is_not_followed() -> None:
    async with House(EVIL).open() as evil:
        away = f"HTTP/1.1 307 Away\r\nlocation: http://{EVIL}:{evil.port}/\r\ncontent-length: 0\r\n\r\n".encode()
        async with House(GOOD, away).open() as good:
            panel = over_http(Clock(), 5.0, HERE)(GOOD, good.port, None)
            with pytest.raises(SpanPanelAPIError):
                await panel.get_status()
            await panel.close()

    assert (len(good.asked), evil.asked) == (1, [])


async def test_r33_the_environments_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with House(EVIL).open() as proxy, House(GOOD).open() as good:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{EVIL}:{proxy.port}")
        panel = over_http(Clock(), 5.0, HERE)(GOOD, good.port, None)
        with pytest.raises(SpanPanelAPIError):
            await panel.get_status()
        await panel.close()

    assert (len(good.asked), proxy.asked) == (1, [])


async def test_a_name_that_nobody_knows_reads_like_a_closed_port() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    said = []
    with socket.socket() as free:
        free.bind((GOOD, 0))
        port = free.getsockname()[1]
    for resolve in (unknown, Names([[GOOD]]), Names([[]])):
        async with SpanPanelClient("panel.local", port, transport=PinnedTransport(HERE, resolve)) as panel:
            with pytest.raises(SpanPanelConnectionError) as caught:
                await panel.get_status()
        said.append(str(caught.value))
    assert len(set(said)) == 1


@pytest.mark.parametrize("host", ["xn--pnel-loa.local", "Panel.Local.", "panel_1"])
async def test_a_name_is_looked_up_as_it_is_written(host: str) -> None:
    names = Names([[GOOD]])
    transport = PinnedTransport(HERE, names)
    async with House(GOOD).open() as good, SpanPanelClient(host, good.port, transport=transport) as panel:
        with pytest.raises(SpanPanelAPIError):
            await panel.get_status()

    assert names.asked == [host.lower()]


async def test_a_client_that_was_closed_begins_anew() -> None:
    names = Names([[GOOD]])
    async with House(GOOD).open() as good:
        transport = PinnedTransport(HERE, names)
        for _ in range(2):
            async with open_client(f"http://panel.local:{good.port}", transport) as http:
                await http.get("/")

    assert (len(good.asked), len(names.asked)) == (2, 2)


async def test_r33_adding_a_panel_says_which_key_and_never_the_address() -> None:
    street = Street(Clock())

    async def added(host: str, port: int, answers: Sequence[str], reach: Reach) -> object:
        world = replace(street.world, connect=over_http(Clock(), 5.0, reach, Names([answers])))
        async with Registry(world) as registry:
            return await registry.add(host, port, None, None)

    async with House(GOOD).open() as good:
        for answers, reach, key in (
            ([GOOD], Reach(), "panels.allow_loopback"),
            (["10.1.2.3"], Reach(private=False), "panels.allow_private"),
            (["169.254.169.254", "10.1.2.3"], HERE, "never asked"),
        ):
            answer = await added("panel.local", good.port, answers, reach)
            assert isinstance(answer, PanelAddressRefused)
            assert (answer.field, key in answer.message) == ("host", True)
            assert not [each for each in answers if each in answer.message]
        assert good.asked == []
        assert isinstance(await added("panel.local", good.port, [GOOD], HERE), PanelUnreachable)


async def test_the_systems_answers_are_spelt_as_addresses() -> None:
    assert await resolved("127.1", 80) == [GOOD]
    with pytest.raises(OSError, match=r".+"):
        await resolved("no-such-name.invalid", 80)

"""The key stays with the server it is for: two real servers, at two ports and under two names."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from clients.cells.errors import CellsAnswerError, CellsMalformedError
from tests.clients.cells.flavour import Flavour, opened
from tests.schema.serving import served

STATUSES = (301, 302, 303, 307, 308)
SECRETS = ("the-key",)


class Station:
    """Answers where asked, or sends elsewhere; remembers what came."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.to: dict[str, tuple[int, str]] = {}
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        self.app = Starlette(routes=[Route("/{path:path}", self.answer, methods=methods)])

    async def answer(self, request: Request) -> Response:
        self.seen.append((request.method, request.url.path, dict(request.headers)))
        if request.url.path in self.to:
            status, target = self.to[request.url.path]
            return RedirectResponse(target, status)
        return JSONResponse({"body": (await request.body()).decode()})

    @property
    def leaked(self) -> bool:
        return any(secret in str(headers) for _, _, headers in self.seen for secret in SECRETS)


@pytest.fixture
async def stations() -> AsyncIterator[dict[str, tuple[Station, str]]]:
    """`home`, and `away` on another port; each may also be called by the name localhost."""
    home, away = Station(), Station()
    async with AsyncExitStack() as stack:
        at_home, at_away = [await stack.enter_async_context(served(each.app)) for each in (home, away)]
        yield {"home": (home, f"http://{at_home}"), "away": (away, f"http://{at_away}")}


@pytest.fixture
async def lab(kind: str, stations: Any) -> AsyncIterator[Flavour]:
    async with opened(kind, stations["home"][1]) as flavour:
        yield flavour


def under_another_name(url: str) -> str:
    return url.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("status", STATUSES)
async def test_another_port_gets_no_key(stations: Any, lab: Flavour, status: int) -> None:
    (home, _), (away, url) = stations["home"], stations["away"]
    home.to["/a"] = status, f"{url}/b"

    assert await lab.ask(lambda c: c.get("/a")) == {"body": ""}

    assert home.leaked
    assert [path for _, path, _ in away.seen] == ["/b"]
    assert not away.leaked


@pytest.mark.parametrize("status", STATUSES)
async def test_another_host_gets_no_key(stations: Any, lab: Flavour, status: int) -> None:
    home, url = stations["home"]
    home.to["/a"] = status, f"{under_another_name(url)}/b"

    await lab.ask(lambda c: c.get("/a"))

    assert ["x-api-key" in headers for _, _, headers in home.seen] == [True, False]


async def test_the_key_does_not_come_back(stations: Any, lab: Flavour) -> None:
    (home, here), (away, there) = stations["home"], stations["away"]
    home.to["/a"] = 302, f"{there}/b"
    away.to["/b"] = 302, f"{here}/c"

    await lab.ask(lambda c: c.get("/a"))

    assert [(path, "x-api-key" in headers) for _, path, headers in home.seen] == [("/a", True), ("/c", False)]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("target", ["/b", "b", "{home}/b"])
async def test_on_the_same_server_the_key_goes_along(stations: Any, lab: Flavour, status: int, target: str) -> None:
    home, url = stations["home"]
    home.to["/a"] = status, target.format(home=url)

    await lab.ask(lambda c: c.get("/a"))

    assert [(path, "x-api-key" in headers) for _, path, headers in home.seen] == [("/a", True), ("/b", True)]


def _changed(client: Any, method: str, path: str) -> Any:
    return getattr(client, method)(path, {})


@pytest.mark.parametrize("method", ["post", "put", "patch"])
async def test_a_change_follows_only_at_home(stations: Any, lab: Flavour, method: str) -> None:
    (home, _), (away, there) = stations["home"], stations["away"]
    home.to |= {f"/{status}": (status, "/b") for status in STATUSES}
    home.to |= {f"/away{status}": (status, f"{there}/b") for status in STATUSES}

    for status in (307, 308):
        assert await lab.ask(lambda c, at: getattr(c, method)(f"/{at}", {"x": 1}), status) == {"body": '{"x":1}'}
    elsewhere = ["/301", "/302", "/303", *(f"/away{status}" for status in STATUSES)]
    for call in [functools.partial(_changed, method=method, path=path) for path in elsewhere]:
        await lab.fails(call, CellsAnswerError, "check the server's address")
    assert away.seen == []


async def test_a_delete_goes_nowhere_else(stations: Any, lab: Flavour) -> None:
    (home, _), (away, there) = stations["home"], stations["away"]
    home.to["/a"] = 307, f"{there}/b"

    await lab.fails(lambda c: c.delete("/a"), CellsAnswerError)
    assert away.seen == []


async def test_a_signed_address_gets_no_key_even_at_home(stations: Any, lab: Flavour) -> None:
    home, _ = stations["home"]
    home.to["/cell_measurements/m1/time_series/signed_url"] = 302, "/told"

    await lab.fails(lambda c: c.cell_measurement.time_series("m1"), CellsMalformedError)
    async with served(_Storage().app) as at, opened(lab.kind, f"http://{at}") as other:
        await other.fails(lambda c: c.cell_measurement.time_series("m1"), CellsMalformedError, "cannot be read")


class _Storage:
    """Asserts by answering 500 to a key where none belongs."""

    def __init__(self) -> None:
        where = "/cell_measurements/m1/time_series/signed_url"
        self.app = Starlette(routes=[Route(where, self.signed), Route("/storage", self.moved), Route("/b", self.got)])

    async def signed(self, request: Request) -> Response:
        assert request.headers["x-api-key"] == "the-key"
        return JSONResponse({"signed_url": str(request.base_url) + "storage"})

    async def moved(self, request: Request) -> Response:
        assert "x-api-key" not in request.headers
        return RedirectResponse("/b")

    async def got(self, request: Request) -> Response:
        assert "x-api-key" not in request.headers
        return Response(b"no parquet")


@pytest.mark.parametrize("target", ["ftp://x/y", "javascript:alert(1)", "file:///etc/passwd"])
async def test_a_redirect_to_no_address_is_malformed(stations: Any, lab: Flavour, target: str) -> None:
    home, _ = stations["home"]
    home.to["/a"] = 302, target

    await lab.fails(lambda c: c.get("/a"), CellsMalformedError, "no address")


async def test_a_circle_is_left(stations: Any, lab: Flavour) -> None:
    home, _ = stations["home"]
    home.to["/a"] = 302, "/a"

    await lab.fails(lambda c: c.get("/a"), CellsAnswerError, "more than 5 times")
    assert len(home.seen) == 6


async def test_a_cookie_goes_nowhere(stations: Any, lab: Flavour) -> None:
    """Cookies know no ports: what one server sets, the other must not get."""

    async def biscuit(_request: Request) -> Response:
        answer = RedirectResponse(f"{stations['away'][1]}/b")
        answer.set_cookie("session", "the-cookie")
        return answer

    async with served(Starlette(routes=[Route("/a", biscuit)])) as at, opened(lab.kind, f"http://{at}") as other:
        await other.ask(lambda c: c.get("/a"))

    assert "the-cookie" not in str(stations["away"][0].seen)

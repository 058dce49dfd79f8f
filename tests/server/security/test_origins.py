"""R31: pages of other sites, over a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import product

import httpx
import pytest
from starlette.middleware import Middleware
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from server.security.doorkeeper import Doorkeeper
from server.security.gate import Gate
from server.security.origins import Origins
from tests.server.security.walled import Seen, names, walled

ALLOWED = "https://lab.example"
PUBLIC = "https://Public.example:443/busbar"
FOREIGN = [
    "null",
    "https://evil.example",
    "http://lab.example",
    "https://lab.example:8443",
    "https://lab.example.evil.example",
    "https://sub.lab.example",
    "https://lab.example/",
    "https://LAB.example",
    "https://lab.example, https://evil.example",
    "http://[1.2.3.4]",
    "http://[::::]",
    "file://",
    "chrome-extension://lab.example",
    "*",
    "",
]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
PATHS = ["/graphql", "/cell_instances"]


@pytest.fixture
async def server() -> AsyncIterator[tuple[httpx.AsyncClient, Seen]]:
    door = Doorkeeper(["good"])
    async with walled(Middleware(Origins, allowed=[ALLOWED], public_url=PUBLIC), Middleware(Gate, door=door)) as found:
        yield found


def asking(origin: str, **more: str) -> dict[str, str]:
    return {"origin": origin, "x-api-key": "good", **more}


def preflight(origin: str, method: str, headers: str = "authorization, content-type") -> dict[str, str]:
    return {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers,
    }


def shared(answer: httpx.Response) -> list[str]:
    return [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
async def test_a_page_of_the_list_is_told_that_it_may(
    server: tuple[httpx.AsyncClient, Seen], path: str, method: str
) -> None:
    http, seen = server
    answer = await http.options(path, headers=preflight(ALLOWED, method))
    assert answer.status_code == 204
    assert not seen.requests, "a preflight needs no token, and gets no further"
    assert answer.headers["access-control-allow-origin"] == ALLOWED
    assert method.lower() in names(answer.headers["access-control-allow-methods"])
    assert {"authorization", "content-type", "x-api-key"} <= set(names(answer.headers["access-control-allow-headers"]))
    assert "access-control-allow-credentials" not in answer.headers
    assert names(answer.headers["vary"]) == ["origin"]

    real = await http.request(method, path, headers=asking(ALLOWED))
    assert real.status_code == 200
    assert real.headers["access-control-allow-origin"] == ALLOWED
    assert "retry-after" in names(real.headers["access-control-expose-headers"])
    assert "access-control-allow-credentials" not in real.headers
    assert names(real.headers["vary"]) == ["accept", "origin"]


@pytest.mark.parametrize("path", [*PATHS, "/healthz"])
async def test_a_page_of_any_other_gets_nothing(server: tuple[httpx.AsyncClient, Seen], path: str) -> None:
    http, seen = server
    for origin, method in product(FOREIGN, METHODS):
        refused = [
            await http.options(path, headers=preflight(origin, method)),
            await http.request(method, path, headers=asking(origin)),
        ]
        for answer in refused:
            assert answer.status_code == 403
            assert shared(answer) == []
            assert names(answer.headers["vary"]) == ["origin"]
            assert "ORIGIN_REFUSED" in answer.text
    assert not seen.requests


async def test_even_a_refusal_is_shown_to_a_page_of_the_list(server: tuple[httpx.AsyncClient, Seen]) -> None:
    http, _ = server
    answer = await http.get("/cell_instances", headers={"origin": ALLOWED})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, ALLOWED)


@pytest.mark.parametrize("site", ["same-origin", "same-site", "cross-site", "none"])
async def test_our_own_pages_may(server: tuple[httpx.AsyncClient, Seen], site: str) -> None:
    http, _ = server
    own = f"http://{http.base_url.netloc.decode()}"
    for origin in (own, "https://public.example"):
        answer = await http.post("/cell_instances", headers=asking(origin, **{"sec-fetch-site": site}))
        assert (answer.status_code, shared(answer)) == (200, [])
        assert "origin" in names(answer.headers["vary"])


async def test_the_browser_knows_a_page_of_ours_behind_a_proxy(server: tuple[httpx.AsyncClient, Seen]) -> None:
    http, _ = server
    for site, status in (("same-origin", 200), ("same-site", 403), ("cross-site", 403)):
        headers = asking("https://proxied.example", **{"sec-fetch-site": site})
        assert (await http.post("/cell_instances", headers=headers)).status_code == status


async def test_a_page_without_an_origin_is_none_of_ours(server: tuple[httpx.AsyncClient, Seen]) -> None:
    http, seen = server
    for site in ("same-origin", "cross-site", "none"):
        answer = await http.post("/cell_instances", headers=asking("null", **{"sec-fetch-site": site}))
        assert (answer.status_code, shared(answer)) == (403, [])
    assert not seen.requests


async def test_a_page_of_another_port_of_this_machine_is_foreign(server: tuple[httpx.AsyncClient, Seen]) -> None:
    http, _ = server
    assert (await http.post("/cell_instances", headers=asking("http://127.0.0.1:1"))).status_code == 403


async def test_who_is_no_browser_says_no_origin_and_passes(server: tuple[httpx.AsyncClient, Seen]) -> None:
    http, _ = server
    answer = await http.post("/cell_instances", headers={"x-api-key": "good"})
    assert (answer.status_code, shared(answer)) == (200, [])
    assert "origin" in names(answer.headers["vary"]), "or a cache gives this answer to a page"


async def test_without_a_list_nothing_varies() -> None:
    async with walled(Middleware(Origins, allowed=[])) as (http, _):
        answer = await http.get("/cell_instances")
        assert (answer.headers["vary"], shared(answer)) == ("Accept", [])
        assert (await http.get("/cell_instances", headers={"origin": ALLOWED})).status_code == 403


async def test_options_without_a_preflight_is_a_request(server: tuple[httpx.AsyncClient, Seen]) -> None:
    http, seen = server
    answer = await http.options("/cell_instances", headers=asking(ALLOWED))
    assert (answer.status_code, seen.requests) == (200, ["OPTIONS /cell_instances"])


@pytest.mark.parametrize("path", ["/graphql", "/ws/status"])
async def test_no_socket_for_other_pages(server: tuple[httpx.AsyncClient, Seen], path: str) -> None:
    http, seen = server
    url = f"ws://{http.base_url.netloc.decode()}{path}"
    for origin in filter(None, FOREIGN):
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, additional_headers=asking(origin), proxy=None)
        assert refused.value.response.status_code == 403
    assert not seen.requests


@pytest.mark.parametrize("path", ["/graphql", "/ws/status"])
async def test_the_same_list_opens_sockets(server: tuple[httpx.AsyncClient, Seen], path: str) -> None:
    http, _ = server
    url = f"ws://{http.base_url.netloc.decode()}{path}"
    for origin in (ALLOWED, f"http://{http.base_url.netloc.decode()}", "https://public.example"):
        async with connect(url, additional_headers=asking(origin), proxy=None) as socket:
            assert await socket.recv() == "true", "the frames of fan-out pass"

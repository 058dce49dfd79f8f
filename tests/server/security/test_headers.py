from __future__ import annotations

import pytest
from starlette.middleware import Middleware

from server.config import Config, SecuritySection
from server.security.doorkeeper import Doorkeeper
from server.security.headers import ALWAYS, SecurityHeaders
from server.security.walls import walls
from server.turned_away import Tally
from tests.server.security.walled import PAGE_POLICY, walled

STRICT = {name.decode(): value.decode() for name, value in ALWAYS}


async def test_every_answer_tells_browsers_to_do_nothing() -> None:
    async with walled(Middleware(SecurityHeaders)) as (http, _):
        for path, status in (("/metrics", 200), ("/stream", 200), ("/nowhere", 404)):
            answer = await http.get(path)
            assert answer.status_code == status
            assert {name: answer.headers.get_list(name) for name in STRICT} == {n: [v] for n, v in STRICT.items()}


async def test_a_page_says_for_itself_what_it_needs() -> None:
    async with walled(Middleware(SecurityHeaders)) as (http, _):
        headers = (await http.get("/page")).headers
        assert headers.get_list("content-security-policy") == [PAGE_POLICY]
        assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({}, 401),
        ({"x-api-key": "wrong"}, 401),
        ({"x-api-key": "good"}, 200),
    ],
)
async def test_refusals_of_all_walls_have_them_too(given: dict[str, str], status: int) -> None:
    async with walled(*walls(Config(), Doorkeeper(["good"]), Tally())) as (http, _):
        answer = await http.get("/metrics", headers=given)
        assert answer.status_code == status
        assert answer.headers["content-security-policy"] == STRICT["content-security-policy"]


async def client_seen(proxies: list[str], forwarded: str | None) -> str:
    config = Config(security=SecuritySection(trusted_proxies=tuple(proxies)))
    async with walled(*walls(config, Doorkeeper(), Tally())) as (http, _):
        headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
        return str((await http.get("/metrics", headers=headers)).json()["client"])


@pytest.mark.parametrize(
    ("proxies", "forwarded", "client"),
    [
        ([], "9.9.9.9", "127.0.0.1"),
        (["10.0.0.0/8"], "9.9.9.9", "127.0.0.1"),
        (["127.0.0.1"], "9.9.9.9", "9.9.9.9"),
        (["127.0.0.0/8"], "8.8.8.8, 9.9.9.9", "9.9.9.9"),
        (["127.0.0.1", "10.0.0.0/8"], "8.8.8.8, 9.9.9.9, 10.1.2.3", "9.9.9.9"),
        (["127.0.0.1"], None, "127.0.0.1"),
        (["127.0.0.1"], ",", "127.0.0.1"),
        (["127.0.0.1"], "127.0.0.1", "127.0.0.1"),
        (["127.0.0.1"], "x" * 1000, "x" * 100),
    ],
)
async def test_only_a_named_proxy_says_who_the_client_is(
    proxies: list[str], forwarded: str | None, client: str
) -> None:
    assert await client_seen(proxies, forwarded) == client

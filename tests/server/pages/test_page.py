"""The page of the graph: its policy, its nonce, and what is served where none was built."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import count
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from server.pages.page import Page

BUILT = '<meta name="style-nonce" content="NONCE"><script type="module" src="graphiql/graphiql-A1.js"></script>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text(BUILT)
    return tmp_path


async def shown(page: Page) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(page), base_url="http://busbar") as http:
        return await http.get("/graphql")


def rules(answer: httpx.Response) -> dict[str, str]:
    parts = (part.partition(" ") for part in answer.headers["content-security-policy"].split("; "))
    return {name: value for name, _, value in parts}


async def test_the_built_page_runs_and_talks_to_its_own_server_only(folder):
    answer = await shown(Page(folder))

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = rules(answer)
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["img-src"] == "'self'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert {policy[name] for name in ("frame-ancestors", "base-uri", "form-action")} == {"'none'"}


async def test_each_answer_has_a_nonce_of_its_own_and_nobody_keeps_it(folder):
    numbers = count(1)
    page = Page(folder, lambda: f"nonce{next(numbers)}")

    first, second = await shown(page), await shown(page)

    assert 'content="nonce1"' in first.text
    assert rules(first)["style-src"] == "'self' 'nonce-nonce1'"
    assert 'content="nonce2"' in second.text
    assert rules(second)["style-src"] == "'self' 'nonce-nonce2'"
    assert first.headers["cache-control"] == "no-store"


async def test_a_nonce_cannot_be_guessed(folder):
    nonces = {rules(await shown(Page(folder)))["style-src"] for _ in range(20)}

    assert len(nonces) == 20
    assert min(map(len, nonces)) >= len("'self' 'nonce-'") + 20


async def test_where_none_is_built_the_stock_page_may_do_what_it_is_made_of(tmp_path):
    answer = await shown(Page(tmp_path / "missing"))

    policy = rules(answer)
    scripts = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    assert len(scripts) == 1
    told = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert policy["script-src"] == f"https://unpkg.com 'sha256-{told}'"
    loaded = re.findall(r"(?:src|href)=\"(https?://[^/\"]+)", answer.text)
    assert len(loaded) >= 6
    assert set(loaded) == {"https://unpkg.com"}
    assert policy["style-src"].split()[0] == "https://unpkg.com"
    assert policy["connect-src"] == "'self'"


def test_where_none_is_built_the_log_says_how_to_get_it(tmp_path, folder):
    with capture_logs() as said:
        Page(tmp_path / "missing")
    assert len(said) == 1
    assert "make web" in said[0]["remedy"]

    with capture_logs() as said:
        Page(folder)
    assert said == []

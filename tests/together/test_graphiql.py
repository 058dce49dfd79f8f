"""GraphiQL in headless Chromium: on the demo's data, without a network, held to its policy."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.together.browser import Browser
from tests.together.graphiql import ANSWER, GraphiQL, is_built
from tests.together.process import Busbar, free_port

OFFSETS = (179, 180, 181)
HOSTILE = '<img src=x onerror=alert(1)>"><script>alert(2)</script>'
TOKEN = "a-token-of-the-tests-which-is-long-enough"
HEARTBEAT = "subscription { heartbeat(everyMs: 100) { seq } }"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    is_built()
    running = Browser(tmp_path_factory.mktemp("chromium"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def demo(browser, tmp_path_factory) -> Any:
    port = free_port(*OFFSETS)
    with Busbar("demo", "--port", str(port), "--data", tmp_path_factory.mktemp("demo"), ready="Next:"):
        url = f"http://127.0.0.1:{port}"
        until_panels_answer(url)
        yield url


@pytest.fixture(scope="module")
def guarded(browser, tmp_path_factory) -> Any:
    """A server that wants a token."""
    port, data = free_port(), tmp_path_factory.mktemp("guarded")
    given = {"BUSBAR_TOKENS": TOKEN}
    with Busbar("serve", "--port", str(port), "--data", data, ready="busbar serves", environ=given):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def graphiql(browser, demo) -> AsyncIterator[GraphiQL]:
    async with browser.page() as page:
        graphiql = GraphiQL(page, demo)
        await graphiql.open()
        yield graphiql
        assert graphiql.outside() == []
        assert page.errors == []
        assert page.dialogs == []


def ask(url: str, document: str, **variables: Any) -> Any:
    answer = httpx.post(f"{url}/graphql", json={"query": document, "variables": variables}, timeout=30).json()
    assert "errors" not in answer, answer
    return answer["data"]


def until_panels_answer(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = ask(url, "{ panels { nodes { gridPowerW } } }")["panels"]["nodes"]
        if len(found) == 2 and all(panel["gridPowerW"] is not None for panel in found):
            return
        time.sleep(0.1)
    raise AssertionError(f"no panel answered: {found}")


async def test_it_opens_with_a_query_a_mutation_and_a_subscription(graphiql):
    assert await graphiql.titles() == ["Overview", "OneMoreBatch", "Power"]
    loaded = [url for url in graphiql.page.requests if "/graphiql/" in url]
    assert len(loaded) > 5


async def test_the_query_shows_the_demos_panels_and_their_machines(graphiql):
    await graphiql.press()

    shown = json.loads(await graphiql.answered("nj-2316-040pp"))
    assert "errors" not in shown
    circuits = [each["circuit"]["name"] for line in shown["data"]["plant"]["lines"] for each in line["machines"]]
    assert "Anode coating" in circuits


async def test_the_mutation_queues_a_batch_each_time(graphiql, demo):
    await graphiql.choose(1)
    await graphiql.press()

    made = json.loads(await graphiql.answered("batchId"))["data"]["addBatch"]
    assert made["__typename"] == "Batch"
    known = ask(demo, "query($id: ID!) { batch(id: $id) { batchId } }", id=made["batchId"])
    assert known["batch"]["batchId"] == made["batchId"]


async def test_the_subscription_delivers_until_it_is_stopped(graphiql, demo):
    await graphiql.choose(2)
    await graphiql.press()

    first = json.loads(await graphiql.answered("observedAt"))["data"]["circuitPower"]["observedAt"]
    await graphiql.page.until(ANSWER, lambda shown: "observedAt" in shown and first not in shown)
    assert any(url.startswith("ws://") for url in graphiql.page.requests)

    await graphiql.press()
    deadline = time.monotonic() + 20
    while ask(demo, "{ serverInfo { liveOperations } }")["serverInfo"]["liveOperations"]:
        assert time.monotonic() < deadline, "the feed is still live"


async def test_hostile_names_stay_text(graphiql, demo):
    add = "mutation($id: ID!) { addBatch(batchId: $id) { __typename } }"
    assert ask(demo, add, id=HOSTILE)["addBatch"]["__typename"] == "Batch"
    await graphiql.choose(0)

    await graphiql.press()

    shown = json.loads(await graphiql.answered("onerror"))
    assert HOSTILE in [batch["batchId"] for batch in shown["data"]["batches"]["nodes"]]
    assert await graphiql.page.evaluate("document.querySelectorAll('img, .result-window script').length") == 0


async def test_menus_and_dialogs_keep_to_the_policy(graphiql):
    await graphiql.sidebar("Open settings dialog")
    await graphiql.page.until("!!document.querySelector('[role=dialog]')")
    styles = "[...document.querySelectorAll('style')].filter((one) => one.sheet.cssRules.length).length"
    await graphiql.page.until(styles)
    await graphiql.page.press("Escape", 27)
    await graphiql.sidebar("Show Documentation Explorer")
    await graphiql.page.until("document.querySelector('.graphiql-doc-explorer')?.textContent.includes('Subscription')")


async def test_a_token_serves_requests_and_feeds_alike(browser, guarded):
    async with browser.page() as page:
        graphiql = GraphiQL(page, guarded)
        await graphiql.open()
        await page.shows(".token [role=alert]", "The server wants a token that is good.")
        await page.evaluate("document.querySelector('#token').focus()")
        await page.type(TOKEN)
        await page.press("Enter", 13, "\r")
        await page.until("!document.querySelector('.token [role=alert]')")

        await graphiql.write("{ serverInfo { name } }")
        await graphiql.press()
        assert json.loads(await graphiql.answered("busbar"))["data"] == {"serverInfo": {"name": "busbar"}}
        await graphiql.write(HEARTBEAT)
        await graphiql.press()
        await graphiql.page.until(ANSWER, lambda shown: '"seq": 3' in shown)

        assert graphiql.outside() == []
        assert [error for error in page.errors if "401 (Unauthorized)" not in error] == []
        assert TOKEN not in await page.evaluate("JSON.stringify(localStorage)")


async def test_the_files_are_kept_and_the_page_is_not(demo):
    async with httpx.AsyncClient(base_url=demo, headers={"accept": "text/html"}) as http:
        page = await http.get("/graphql")
        script = page.text.split('<script type="module" src="')[1].split('"')[0]
        file = await http.get(f"/{script}")
    assert page.headers["cache-control"] == "no-store"
    assert file.headers["content-type"].startswith("text/javascript")
    assert "immutable" in file.headers["cache-control"]


def test_the_builds_names_change_with_their_content():
    is_built()
    folder = Path(__file__).parent.parent.parent / "server" / "pages" / "graphiql"
    names = [file.name for file in folder.iterdir() if file.name != "index.html"]
    assert [name for name in names if "-" not in name] == []

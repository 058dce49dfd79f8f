"""How the page looks at the panel: live, lost, paused, and let in by a token."""

from __future__ import annotations

import pytest

from emulator.control.guard import Guard
from tests.emulator.face.conftest import Face

TOKEN = "correct-horse"

HEART = """(async () => {
  const { Heartbeat } = await import("/face/heartbeat.js");
  const timers = [], told = [];
  globalThis.setTimeout = (then, ms) => { timers.push([then, ms]); return timers.length };
  globalThis.clearTimeout = () => {};
  Object.defineProperty(document, "hidden", { get: () => globalThis.isHidden === true });
  globalThis.timers = timers;
  globalThis.told = told;
  globalThis.looks = 0;
  const look = async () => { globalThis.looks += 1; if (globalThis.isDown) throw new Error("down") };
  globalThis.heart = new Heartbeat(look, (state, error, waitMs) => told.push([state, waitMs]));
})()"""
GO_ON = "(async () => { timers.at(-1)[0](); await null; await null; await null; return timers.at(-1)[1] })()"


@pytest.fixture
async def heart(page, served):
    """The page's heart alone, beating when the test says so."""
    await page.open(f"{served.url}/openapi.json")
    await page.evaluate(HEART)
    await page.evaluate("heart.start()")
    await page.until("timers.length === 1")
    return page


async def test_it_looks_once_a_second(heart):
    assert [await heart.evaluate(GO_ON) for _ in range(3)] == [1000, 1000, 1000]
    assert await heart.evaluate("looks") == 4


async def test_it_looks_more_seldom_while_nobody_answers_and_at_once_often_again(heart):
    await heart.evaluate("isDown = true")
    waits = [await heart.evaluate(GO_ON) for _ in range(6)]
    assert waits == [2000, 4000, 8000, 15000, 15000, 15000]
    assert (await heart.evaluate("told.at(-1)")) == ["lost", 15000]

    await heart.evaluate("isDown = false")

    assert await heart.evaluate(GO_ON) == 1000


async def test_it_does_not_look_while_nobody_looks_at_it(heart):
    await heart.evaluate("isHidden = true; document.dispatchEvent(new Event('visibilitychange'))")
    assert await heart.evaluate("told.at(-1)[0]") == "paused"
    timers, looks = await heart.evaluate("[timers.length, looks]")
    await heart.evaluate("timers.at(-1)[0]()")
    await heart.until(f"looks === {looks + 1}")  # one that was under way may end, and sets no timer
    assert await heart.evaluate("timers.length") == timers

    await heart.evaluate("isHidden = false; document.dispatchEvent(new Event('visibilitychange'))")

    await heart.until(f"looks === {looks + 2} && timers.length === {timers + 1}")


async def test_a_server_that_is_gone_is_told_and_found_again(face, page, served, house):
    await served.end()
    await page.until("document.body.dataset.state === 'lost'")
    assert "does not answer" in await page.evaluate("document.querySelector('#link-text').textContent")

    await served.begin()
    await page.click("#retry")

    await page.until("document.body.dataset.state === 'live'")


class TestWithAToken:
    @pytest.fixture
    def guard(self) -> Guard:
        return Guard(token=TOKEN)

    @pytest.fixture
    async def locked(self, page, served) -> Face:
        """The page, which asks for the token."""
        await page.open(served.url)
        await page.until("document.querySelector('#token').open")
        return Face(page, served.url)

    async def enter(self, face: Face, token: str) -> None:
        await face.fill("#token input", token)
        await face.page.click("#token button")

    async def test_r35_the_token_opens_the_panel_and_is_kept_in_memory_only(self, locked, page, house):
        await self.enter(locked, TOKEN)
        await page.shows("#serial", house.device.serial)
        await page.click("[data-verb=door]")
        await locked.said("2 more presses")

        kept = "[document.cookie, location.href, localStorage.length, sessionStorage.length, document.body.outerHTML]"
        assert TOKEN not in str(shown := await page.evaluate(kept))
        assert shown[2:4] == [0, 0]
        assert not [url for url in page.requests if TOKEN in url]

        await page.open(locked.url)
        await page.until("document.querySelector('#token').open")

    async def test_a_wrong_token_is_asked_for_again(self, locked, page, house):
        await self.enter(locked, "wrong-horse")
        await page.shows("#token-refused", "That is not the control's token.")
        assert await page.evaluate("document.querySelectorAll('.breaker').length") == 0

        await self.enter(locked, TOKEN)

        await page.shows("#serial", house.device.serial)

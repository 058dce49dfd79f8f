"""A headless Chromium, driven over the DevTools protocol: what a page does, loads and says is seen from outside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
    "--disable-background-networking", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage",
    "--password-store=basic", "--remote-debugging-port=0",
)  # fmt: skip
READY_S = 30.0
CONDITION_S = 20.0
LOOK_S = 0.02
MAX_MESSAGE_BYTES = 64 * 2**20


class Browser:
    """The process; its profile is in `folder`, its group is ended with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        command = [chromium(), *FLAGS, f"--user-data-dir={folder}", "about:blank"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
        try:
            self._url = self._debugged_at()
        except BaseException:  # a failed entry is never left, and the browser would stay
            self.close()
            raise

    def close(self) -> None:
        """End the browser and all of its helpers."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @contextlib.asynccontextmanager
    async def page(self, *, width: int = 1280, height: int = 900) -> AsyncIterator[Page]:
        """A new page that shares nothing with others, until the end of the block."""
        async with connect(self._url, max_size=MAX_MESSAGE_BYTES, proxy=None) as socket:
            page = Page(socket)
            reading = asyncio.create_task(page.read())
            try:
                await page.begin(width, height)
                yield page
                await page.end()
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    def _debugged_at(self) -> str:
        told, deadline = self._folder / "DevToolsActivePort", time.monotonic() + READY_S
        while time.monotonic() < deadline and self._process.poll() is None:
            lines = told.read_text().split() if told.exists() else []
            if len(lines) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            time.sleep(LOOK_S)
        raise AssertionError(f"Chromium is not ready; exit code {self._process.poll()}")


class Page:
    """One page in a context of its own. `requests`, `errors` (of the console) and `dialogs` are what it did so far."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session: str | None = None
        self._loaded = asyncio.Event()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.dialogs: list[str] = []

    async def begin(self, width: int, height: int) -> None:
        """Make the page, and listen to all that it says."""
        self._context = (await self.call("Target.createBrowserContext"))["browserContextId"]
        made = await self.call("Target.createTarget", url="about:blank", browserContextId=self._context)
        attached = await self.call("Target.attachToTarget", targetId=made["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            await self.call(f"{domain}.enable")
        await self.resize(width, height)

    async def end(self) -> None:
        """Forget the page."""
        self._session = None
        await self.call("Target.disposeBrowserContext", browserContextId=self._context)

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Any method of the protocol."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._send(number, method, parameters)
        told = await asyncio.wait_for(answer, READY_S)
        assert "error" not in told, f"{method}: {told['error']}"
        return dict(told["result"])

    async def resize(self, width: int, height: int) -> None:
        """Be as large as that, in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.call("Emulation.setDeviceMetricsOverride", **size)

    async def open(self, url: str) -> None:
        """Go there, and be there when all that the document names is loaded."""
        self._loaded.clear()
        told = await self.call("Page.navigate", url=url)
        assert not told.get("errorText"), f"{url}: {told['errorText']}"
        await asyncio.wait_for(self._loaded.wait(), READY_S)

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression, or of its promise, in the page."""
        told = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, f"{expression}: {told['exceptionDetails']}"
        return told["result"].get("value")

    async def until(self, expression: str, is_so: Callable[[Any], bool] = bool) -> Any:
        """The expression's value as soon as it is so, looked at again and again."""
        deadline, value = time.monotonic() + CONDITION_S, None
        while time.monotonic() < deadline:
            value = await self.evaluate(expression)
            if is_so(value):
                return value
            await asyncio.sleep(LOOK_S)
        raise AssertionError(f"{expression} never came true; last {value!r}; console: {self.errors}")

    async def shows(self, selector: str, text: str) -> None:
        """Wait until the first element of that selector shows exactly the text."""
        await self.until(f"document.querySelector({json.dumps(selector)})?.textContent", lambda shown: shown == text)

    async def click(self, selector: str) -> None:
        """Click on the first visible element of that selector, as soon as nothing covers it and it is not busy."""
        await self.until(f"({_CLICK})({json.dumps(selector)})")

    async def press(self, key: str, code: int = 0, text: str = "") -> None:
        """Press a key, as "Tab" (9) or "Enter" (13, with its text)."""
        pressed = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **pressed, **({"text": text} if text else {}))
        await self.call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    async def type(self, text: str) -> None:
        """Enter a text where the focus is."""
        await self.call("Input.insertText", text=text)

    async def read(self) -> None:
        """Take in what the browser tells, until it ends."""
        async for message in self._socket:
            told = json.loads(message)
            if "id" not in told:
                await self._hear(told["method"], told["params"])
            elif told["id"] in self._waiting:
                self._waiting.pop(told["id"]).set_result(told)

    async def _hear(self, event: str, told: dict[str, Any]) -> None:
        if event == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif event == "Network.webSocketCreated":
            self.requests.append(told["url"])
        elif event == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(told["exceptionDetails"]))
        elif event == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            self.errors.append(json.dumps(told["args"]))
        elif event == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.errors.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")
        elif event == "Page.javascriptDialogOpening":
            self.dialogs.append(told["message"])
            await self._send(next(self._numbers), "Page.handleJavaScriptDialog", {"accept": True})
        elif event == "Page.loadEventFired":
            self._loaded.set()

    async def _send(self, number: int, method: str, parameters: dict[str, Any]) -> None:
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        await self._socket.send(json.dumps(message | ({"sessionId": self._session} if self._session else {})))


_CLICK = """selector => {
  const found = [...document.querySelectorAll(selector)].find((one) => one.checkVisibility());
  if (!found || found.closest("[aria-busy=true]")) return false;
  found.scrollIntoView({block: "center", behavior: "instant"});
  const box = found.getBoundingClientRect();
  if (!found.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2))) return false;
  found.click();
  return true;
}"""
"""In one go: between measuring and a mouse's press the page may have moved on."""


def chromium() -> str:
    """The browser's path; skips, saying what to install, where there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    pytest.skip(
        "no Chromium is installed, so pages are NOT tested in a browser: apt-get install chromium, and run this again"
    )

"""GraphiQL in a browser, and what the tests do there again and again."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.together.browser import Page
from tests.together.process import ROOT

BUILT = "server/pages/graphiql/index.html"
TABS = "document.querySelectorAll('.graphiql-tab-button')"
EDITOR = "document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror"
ANSWER = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"


def is_built() -> None:
    """Skips, saying what to do, where the page is not built from what is here now."""
    if subprocess.run(["make", "--question", BUILT], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("GraphiQL is not built, or of an older state, so it is NOT tested in a browser: make web")


class GraphiQL:
    """The page at a server's address."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self._url = page, url

    async def open(self) -> None:
        """Load the page, from nowhere but its own server, and wait for its editors."""
        await self.page.call("Network.setBlockedURLs", urls=["https://*", "wss://*"])
        await self.page.open(f"{self._url}/graphql")
        await self.page.until("document.querySelectorAll('.CodeMirror').length", lambda editors: editors == 4)

    async def titles(self) -> list[str]:
        return list(await self.page.evaluate(f"[...{TABS}].map((one) => one.textContent)"))

    async def choose(self, tab: int) -> None:
        await self.page.evaluate(f"{TABS}[{tab}].click()")
        await self._understood()

    async def write(self, document: str) -> None:
        """Put a document into the editor of the tab."""
        await self.page.evaluate(f"{EDITOR}.setValue({json.dumps(document)})")
        await self._understood()

    async def _understood(self) -> None:
        """GraphiQL reads a document a moment after it came, and runs until then by the name of the one before."""
        await self.page.until(f"{EDITOR}.documentAST?.loc.source.body === {EDITOR}.getValue()")

    async def press(self) -> None:
        """Run what the tab has, or stop it."""
        await self.page.click(".graphiql-execute-button")

    async def answered(self, words: str) -> str:
        """Wait until the answer has these words in it; all of the answer."""
        return str(await self.page.until(ANSWER, lambda shown: words in shown))

    async def sidebar(self, label: str) -> None:
        await self.page.click(f".graphiql-sidebar button[aria-label={json.dumps(label)}]")

    def outside(self) -> list[str]:
        """What was asked of anybody else."""
        own = (f"{self._url}/", f"{self._url.replace('http', 'ws', 1)}/", "data:")
        return [url[:100] for url in self.page.requests if not url.startswith(own)]

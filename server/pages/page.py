"""GraphiQL: the page that a browser is given for the graph's address, and the policy that it is held to."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import structlog
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from server.pages.assets import BUILT
from server.pages.policy import policy
from server.pages.stock import stock_page, stock_policy

logger = structlog.get_logger()
NONCE = "NONCE"
# Menus and dialogs add one style of their own while they are open, which carries the nonce.
POLICY = policy(scripts="'self'", styles=f"'self' 'nonce-{NONCE}'", images="'self'")
HEADERS = {"cache-control": "no-store"}


class Page:
    """The offline page when `folder` has one; else Strawberry's, which needs the network."""

    def __init__(self, folder: Path = BUILT, new_nonce: Callable[[], str] = lambda: secrets.token_urlsafe(16)) -> None:
        built = folder / "index.html"
        self.is_offline = built.is_file()
        self._html = built.read_text(encoding="utf-8") if self.is_offline else stock_page()
        self._policy = POLICY if self.is_offline else stock_policy(self._html)
        self._new_nonce = new_nonce
        if not self.is_offline:
            logger.info(
                "GraphiQL's stock page is served, which loads its parts from the network",
                remedy="for the page that needs none: install Node 20 or newer, run `make web`, and start again",
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the page, and a nonce of its own."""
        nonce = self._new_nonce() if self.is_offline else NONCE
        headers = {**HEADERS, "content-security-policy": self._policy.replace(NONCE, nonce)}
        await HTMLResponse(self._html.replace(NONCE, nonce), headers=headers)(scope, receive, send)

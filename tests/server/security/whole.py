"""The whole server in this process, on a real file and a real socket, with a time of day that a test may move."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from schema.ports import Scope, Viewer
from server.app import create_app
from server.clock import Clock
from server.config import DATABASE_FILE
from server.frames import FramesProtocol
from server.http_protocol import http_protocol
from server.lifespan import lifespan
from server.security.tokens import hashed
from server.settings import load
from server.stores.sqlite.tokens.file import make_missing, opened
from server.stores.tokens import TokenRecord
from tests.schema.serving import served
from tests.together.process import answer_of

ENDLESS = "subscription {heartbeat(everyMs: 100) {seq}}"


class Server:
    """It looks for changes of the tokens every 20 ms. `settings` are more of the configuration's section `server`."""

    def __init__(self, data: Path, **settings: Any) -> None:
        self.data, self.settings = data, settings
        self.later = timedelta()
        self.clock = Clock(now=lambda: datetime.now(UTC) + self.later)
        self.at = ""

    @asynccontextmanager
    async def running(self, host: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
        server = {"data": self.data, "host": host, **self.settings}
        config = load({"server": server, "security": {"look_every_s": 0.02}, "plant": {"speed": "0"}}, {})
        app = create_app(config, self.clock)
        patient = http_protocol(config.server.header_timeout_s, app.state.meters.turned_away)
        async with (
            lifespan(app),
            served(app, ws=FramesProtocol, http=patient) as self.at,
            httpx.AsyncClient(base_url=f"http://{self.at}", trust_env=False, timeout=20) as http,
        ):
            yield http

    def made(self, text: str, scope: Scope = Scope.READ, expires_s: float | None = None) -> str:
        """A token of this text and name, written beside the server if there is one."""
        path, now = self.data / DATABASE_FILE, self.clock.now()
        expires_at = None if expires_s is None else now + timedelta(seconds=expires_s)
        make_missing(path)
        with opened(path) as tokens:
            tokens.add(TokenRecord(f"tok_{text}", text, hashed(text), Viewer(scope), now, expires_at), 100)
        return text

    def revoked(self, text: str) -> None:
        with opened(self.data / DATABASE_FILE) as tokens:
            tokens.revoke(text)

    async def command(self, *arguments: str) -> Any:
        """What `busbar token ... --json` says, in a process of its own beside the server."""
        run = partial(answer_of, "token", *arguments, "--json", "--data", self.data)
        answer = await anyio.to_thread.run_sync(run)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    def graph(self, token: str | None = None) -> connect:
        headers = {} if token is None else {"X-API-Key": token}
        protocols = [Subprotocol("graphql-transport-ws")]
        return connect(f"ws://{self.at}/graphql", subprotocols=protocols, additional_headers=headers, proxy=None)

    def plant(self, token: str | None = None) -> connect:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return connect(f"ws://{self.at}/ws/status", additional_headers=headers, proxy=None)


async def following(socket: Any, payload: dict[str, str] | None = None) -> Any:
    """Greets, subscribes to a feed without end, and waits for its first message."""
    await socket.send(json.dumps({"type": "connection_init", "payload": payload or {}}))
    assert json.loads(await socket.recv())["type"] == "connection_ack"
    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": ENDLESS}}))
    assert json.loads(await socket.recv())["type"] == "next"
    return socket

"""A small app behind some of the walls, on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from server.frames import FRAMES, FramesProtocol
from server.security.door import ADMITTED
from tests.schema.serving import served

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
PAGE_POLICY = "default-src 'self'"


class Seen:
    """What came through."""

    def __init__(self) -> None:
        self.requests: list[str] = []


@asynccontextmanager
async def walled(*walls: Middleware) -> AsyncIterator[tuple[httpx.AsyncClient, Seen]]:
    seen = Seen()

    async def echo(request: Request) -> Response:
        seen.requests.append(f"{request.method} {request.url.path}")
        admitted = request.scope.get(ADMITTED)
        viewer = [admitted.viewer.scope.word, sorted(admitted.viewer.panels or ())] if admitted else None
        client = request.client.host if request.client else None
        return JSONResponse({"viewer": viewer, "client": client}, headers={"vary": "Accept"})

    async def page(_request: Request) -> Response:
        return HTMLResponse("<p>", headers={"content-security-policy": PAGE_POLICY})

    async def stream(_request: Request) -> Response:
        return StreamingResponse(iter([b"a", b"b"]))

    async def socket(websocket: WebSocket) -> None:
        seen.requests.append("socket")
        await websocket.accept()
        await websocket.send_json(FRAMES in websocket.scope["extensions"])
        await websocket.close()

    paths = (
        "/graphql",
        "/metrics",
        "/cell_instances",
        "/factory/start",
        "/storage/uploads/a",
        "/healthz",
        "/graphiql/a",
    )
    routes = [
        Route("/page", page),
        Route("/stream", stream),
        WebSocketRoute("/graphql", socket),
        WebSocketRoute("/ws/status", socket),
        *(Route(path, echo, methods=METHODS) for path in paths),
    ]
    app = Starlette(routes=routes, middleware=list(walls))
    async with (
        served(app, ws=FramesProtocol) as at,
        httpx.AsyncClient(base_url=f"http://{at}", trust_env=False) as http,
    ):
        yield http, seen


def names(header: str) -> Sequence[str]:
    return [each.strip().lower() for each in header.split(",")]

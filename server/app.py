"""The ASGI application: which path leads where."""

from __future__ import annotations

import random

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, RedirectResponse
from starlette.routing import Route, WebSocketRoute

from schema import SDL_PATH, build_schema
from schema.context import Context
from schema.ports import Viewer
from server.clock import Clock
from server.config import Config
from server.graphql.documents.trusted import read_trusted
from server.graphql.engine import Engine
from server.graphql.feeds.cohorts import Cohorts
from server.graphql.http.entry import Entry
from server.graphql.meters import Meters
from server.graphql.performer import Performer
from server.graphql.sockets.sockets import Sockets
from server.graphql.streams.sse import Streams
from server.health import healthz, readyz
from server.lifespan import lifespan
from server.metrics.scrape import metrics
from server.pages.assets import Assets
from server.pages.page import Page
from server.rest.cells.routes import cells_routes
from server.rest.export import export_mount
from server.rest.face import rest_face
from server.rest.methods import method_not_taken
from server.rest.plant.routes import plant_routes
from server.security.address import public_base
from server.security.door import Door
from server.security.failed import failed
from server.security.walls import doorkeeper, walls


def create_app(config: Config, clock: Clock | None = None, dice: random.Random | None = None) -> Starlette:
    """Build the app; its lifespan opens the world that `config` describes."""

    async def schema_graphql(_request: Request) -> FileResponse:
        return FileResponse(SDL_PATH, media_type="text/plain; charset=utf-8")

    async def home(_request: Request) -> RedirectResponse:
        return RedirectResponse("/graphql")

    clock = clock or Clock()
    door, meters = doorkeeper(config, clock), Meters()
    before = walls(config, door, meters.turned_away)
    app = Starlette(lifespan=lifespan, middleware=before, exception_handlers={405: method_not_taken, Exception: failed})
    app.state.meters, app.state.door = meters, door
    app.state.config, app.state.clock, app.state.dice = config, clock, dice or random.Random()  # noqa: S311

    graphql = _graph(app, config, door)
    app.router.routes += [
        Route("/", home),
        Route("/graphql", graphql),
        WebSocketRoute("/graphql", graphql),
        Route("/graphiql/{name}", Assets().answer),
        Route("/schema.graphql", schema_graphql),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        export_mount(),
    ]
    app.router.default = rest_face([*cells_routes(), *plant_routes(config.plant.limits)])
    return app


def _graph(app: Starlette, config: Config, door: Door) -> Entry:
    """The edge; its feeds and streams are left in the app's state for whoever stops them."""

    def new_context(connection: HTTPConnection, viewer: Viewer) -> Context:
        context: Context = app.state.world.new_context(public_base(connection, config.server.public_url), viewer)
        return context

    trusted = read_trusted(config.documents.trusted, only=config.documents.only_trusted)
    limits = config.graphql
    engine = Engine(build_schema(), limits, app.state.meters, trusted, dev=config.server.dev)
    app.state.cohorts = Cohorts(engine, limits, app.state.meters)
    performer = Performer(engine, app.state.cohorts, new_context)
    app.state.streams = Streams(performer, limits, door)
    return Entry(
        engine,
        new_context,
        limits=limits,
        max_body_bytes=config.server.max_body_bytes,
        sockets=Sockets(performer, limits, door),
        streams=app.state.streams,
        page=Page(),
    )

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schema.ports import EVERYBODY, Scope, Viewer
from server.config import DATABASE_FILE
from server.security.tokens import hashed
from server.stores.sqlite.tokens.file import opened as tokens
from server.stores.sqlite.tokens.store import SqliteTokenStore
from server.stores.tokens import TokenRecord
from tests.together.two_panels import Two, two_panels


@pytest.fixture(scope="module")
async def two(anyio_backend, tmp_path_factory, span_panel_thread):
    async with two_panels(tmp_path_factory.mktemp("two") / "data", span_panel_thread) as two:
        yield two


@pytest.fixture
async def keys(two: Two):
    """A token that sees all and one that does not, for as long as a test takes."""
    path, door = two.opened.app.state.config.server.data / DATABASE_FILE, two.opened.app.state.door
    store = SqliteTokenStore(two.opened.world.database)
    now = datetime(2026, 6, 21, tzinfo=UTC)
    with tokens(path) as file:
        for name, viewer in (("all", EVERYBODY), ("few", Viewer(Scope.ADMIN, two.viewer))):
            file.add(TokenRecord(name, name, hashed(name), viewer, now), max_tokens=2)
        door.know(await store.all())
        yield ("all", "few")
        for name in ("all", "few"):
            file.revoke(name)
        door.know(await store.all())

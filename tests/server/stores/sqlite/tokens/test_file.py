"""Tokens written beside a server that has the file open, and beside none."""

from __future__ import annotations

import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio.to_thread
import pytest

from schema.ports import Scope, Viewer
from server.security.tokens import hashed
from server.stores.errors import StoreHeldError, StoreTooNewError, StoreUnreadableError
from server.stores.sqlite import migrations
from server.stores.sqlite.connection import Connection, connect
from server.stores.sqlite.database import Database
from server.stores.sqlite.lock import held
from server.stores.sqlite.tokens import file
from server.stores.sqlite.tokens.file import make_missing, opened, tokens_in
from server.stores.sqlite.tokens.store import SqliteTokenStore
from server.stores.tokens import NoSuchTokenError, TokenNameTakenError, TokenRecord, TooManyTokensError
from tests.fakes import EPOCH

READER = Viewer(Scope.READ)


def record(name: str, viewer: Viewer = READER, expires_s: float | None = None) -> TokenRecord:
    expires_at = None if expires_s is None else EPOCH + timedelta(seconds=expires_s)
    return TokenRecord(f"tok_{name}", name, hashed(name), viewer, EPOCH, expires_at)


def add(path: Path, *records: TokenRecord, max_tokens: int = 1_000) -> None:
    make_missing(path)
    with opened(path) as tokens:
        for each in records:
            tokens.add(each, max_tokens)


@pytest.mark.parametrize(
    "kept",
    [
        record("plain"),
        record("expiring", expires_s=0.000001),
        record("bound", Viewer(Scope.CONTROL, frozenset({"sp-2", "sp-1", "ünï"}))),
        record("blind", Viewer(Scope.ADMIN, frozenset())),
        record("näme with 'quotes' and \U0001f50b"),
    ],
    ids=lambda each: each.name,
)
async def test_a_token_comes_back_as_it_was(path: Path, kept: TokenRecord) -> None:
    add(path, kept)
    assert tokens_in(path) == [kept]
    async with Database.open(path) as database:
        assert await SqliteTokenStore(database).all() == [kept]


async def test_a_running_server_sees_what_is_written_beside_it(database: Database) -> None:
    store = SqliteTokenStore(database)
    await anyio.to_thread.run_sync(add, database.path, record("one"), record("two"))
    assert {each.name for each in await store.all()} == {"one", "two"}
    with opened(database.path) as tokens:
        assert tokens.revoke("one").id == "tok_one"
        assert tokens.revoke("tok_two").name == "two"
    assert await store.all() == []
    await database.write(lambda connection: connection.execute("SELECT 1").fetchone())


def written(statement: str, connection: Connection) -> None:
    connection.execute(statement)


async def test_it_waits_for_the_servers_writes_and_they_for_it(database: Database) -> None:
    async def server_writes() -> None:
        for number in range(200):
            statement = f"INSERT INTO secret VALUES ('{number}', '')"
            await database.write(partial(written, statement))

    async with anyio.create_task_group() as group:
        group.start_soon(server_writes)
        for number in range(20):
            await anyio.to_thread.run_sync(add, database.path, record(f"{number}"))
    assert len(await SqliteTokenStore(database).all()) == 20


def test_a_file_that_is_missing_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "busbar.db"
    assert tokens_in(path) == []
    assert not path.parent.exists()
    add(path, record("one"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_server_starts_on_a_file_that_was_made_so(path: Path) -> None:
    add(path, record("one"))
    async with Database.open(path) as database:
        assert len(await SqliteTokenStore(database).all()) == 1


def test_nothing_but_the_hash_of_a_token_is_in_the_file(path: Path) -> None:
    add(path, TokenRecord("tok_1", "one", hashed("busbar_canary"), READER, EPOCH))
    written = b"".join(each.read_bytes() for each in path.parent.iterdir() if each.is_file())
    assert hashed("busbar_canary") in written
    assert b"canary" not in written
    assert "canary" not in repr(tokens_in(path)) + repr(hashed("busbar_canary"))
    assert "sha256" not in repr(tokens_in(path)[0])


def test_two_of_one_name_or_too_many_are_refused_and_change_nothing(path: Path) -> None:
    add(path, record("one"))
    for refused, error, limit in (
        (record("one"), TokenNameTakenError, 1_000),
        (record("two"), TooManyTokensError, 1),
    ):
        with pytest.raises(error, match="revoke"):
            add(path, refused, max_tokens=limit)
    assert [each.name for each in tokens_in(path)] == ["one"]


def test_at_once_no_more_are_made_than_there_may_be(path: Path) -> None:
    make_missing(path)

    def one_more(number: int) -> bool:
        try:
            add(path, record(f"{number}"), max_tokens=5)
        except TooManyTokensError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one_more, range(20))) == 5
    assert len(tokens_in(path)) == 5


@pytest.mark.parametrize("unknown", ["nobody", "", "tok_", "ONE", "one%", "' OR 1=1 --"])
def test_what_is_no_token_cannot_be_revoked(path: Path, unknown: str) -> None:
    add(path, record("one"))
    with opened(path) as tokens, pytest.raises(NoSuchTokenError, match="busbar token list"):
        tokens.revoke(unknown)
    assert len(tokens_in(path)) == 1


def made(path: Path, steps: int, monkeypatch: pytest.MonkeyPatch) -> bytes:
    with monkeypatch.context() as patch:
        patch.setattr("server.stores.sqlite.file.STEPS", migrations.STEPS[:steps])
        patch.setattr(migrations, "STEPS", migrations.STEPS[:steps])
        make_missing(path)
    return path.read_bytes()


OLDER = (1, migrations.STEPS.index(migrations.create_tokens), migrations.STEPS.index(migrations.create_sealing))


@pytest.mark.parametrize("steps", OLDER)
async def test_an_older_file_is_brought_up_to_date_as_a_server_does(
    path: Path, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(path, steps, monkeypatch)
    add(path, record("one"))
    assert [each.name for each in tokens_in(path)] == ["one"]
    with closing(connect(path, busy_timeout_s=1)) as connection:
        assert migrations.applied(connection) == {step.__name__ for step in migrations.STEPS}
    async with Database.open(path) as database:
        assert len(await SqliteTokenStore(database).all()) == 1


@pytest.mark.parametrize("steps", OLDER)
def test_to_look_for_tokens_brings_an_older_file_up_to_date_too(
    path: Path, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(path, steps, monkeypatch)
    assert tokens_in(path) == []
    with opened(path) as tokens, pytest.raises(NoSuchTokenError):
        tokens.revoke("one")


def test_of_an_older_file_that_another_program_serves_nothing_is_changed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = made(path, len(migrations.STEPS) - 1, monkeypatch)
    monkeypatch.setattr(file, "START_TIMEOUT_S", 0.02)
    with held(path), pytest.raises(StoreHeldError, match=rf"in use by process {os.getpid()}: stop that one first"):
        add(path, record("one"))
    assert path.read_bytes() == before


def test_while_a_server_starts_on_an_older_file_it_waits(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(path, len(migrations.STEPS) - 1, monkeypatch)
    with ThreadPoolExecutor(1) as pool:
        with held(path):
            adding = pool.submit(add, path, record("one"))
            with pytest.raises(TimeoutError):
                adding.result(timeout=0.1)
        adding.result(timeout=60)
    assert [each.name for each in tokens_in(path)] == ["one"]


def test_several_commands_at_once_bring_it_up_to_date_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(path, 1, monkeypatch)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: add(path, record(f"{number}")), range(8)))
    assert len(tokens_in(path)) == 8


def test_a_newer_file_is_left_as_it_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = made(path, len(migrations.STEPS), monkeypatch)
    monkeypatch.setattr("server.stores.sqlite.file.STEPS", migrations.STEPS[:-1])
    with pytest.raises(StoreTooNewError, match="newer busbar"):
        add(path, record("one"))
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"nothing of ours" * 100])
def test_what_is_no_database_is_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreUnreadableError):
        add(path, record("one"))
    assert path.read_bytes() == content


def test_somebody_elses_database_is_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE api_token (id TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreUnreadableError, match="another program"):
        add(path, record("one"))
    assert path.read_bytes() == before


def test_a_lock_that_is_never_let_go_is_one_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(path, record("one"))
    monkeypatch.setattr(file, "BUSY_TIMEOUT_S", 0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as holding:
        holding.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreHeldError):
            add(path, record("two"))
    assert len(tokens_in(path)) == 1

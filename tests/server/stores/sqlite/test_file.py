from __future__ import annotations

import hashlib
import sqlite3
import sys
from contextlib import closing

import anyio
import pytest

from server.stores.errors import StoreError, StoreTooNewError, StoreUnreadableError
from server.stores.sqlite import migrations
from server.stores.sqlite.database import Database
from server.stores.sqlite.events import append
from tests.server.events.test_log import NOON
from tests.server.stores.sqlite.test_database import count, told


async def open_and_close(path) -> None:
    async with Database.open(path):
        pass


async def filled(path, events: int = 200) -> None:
    async with Database.open(path) as database:
        await database.write(lambda connection: append(connection, [told(n) for n in range(events)], NOON))


async def test_a_file_is_made_whole_or_not_at_all(path, monkeypatch):
    def broken(db):
        raise RuntimeError("power lost")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", (*migrations.STEPS, broken))
        with pytest.raises(RuntimeError):
            await open_and_close(path)
    assert not path.exists()

    await open_and_close(path)
    assert path.exists()


async def test_a_migration_that_fails_leaves_the_old_file_working(path, monkeypatch):
    await filled(path)

    def half(db):
        db.execute("DROP TABLE event")
        raise RuntimeError("power lost")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", (*migrations.STEPS, half))
        with pytest.raises(RuntimeError):
            await open_and_close(path)

    async with Database.open(path) as database:
        assert await database.read(count) == 200


async def test_an_older_file_is_brought_up_to_date(path, monkeypatch):
    await filled(path)

    def create_notes(db):
        db.execute("CREATE TABLE note (text TEXT)")

    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, create_notes))
    async with Database.open(path) as database:
        assert await database.read(lambda c: c.execute("SELECT count(*) FROM note").fetchone()) == (0,)
        assert await database.read(count) == 200


@pytest.mark.parametrize("is_clean", [True, False])
async def test_r13_a_newer_file_is_refused_and_left_as_it_is(path, is_clean):
    await filled(path)
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("INSERT INTO _sqlite_migrations VALUES (99, 'busbar', 'create_tomorrow', '2031')")
        newer.commit()
        files = [path] if is_clean else [path, path.with_name("busbar.db-wal")]
        if is_clean:
            newer.close()
        before = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]

        with pytest.raises(StoreTooNewError, match=r"create_tomorrow.*upgrade busbar"):
            await open_and_close(path)

        assert [hashlib.sha256(file.read_bytes()).hexdigest() for file in files] == before


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"hello", b"SQLite format 3\0", b"SQLite format 3\0" * 300])
async def test_r12_a_file_that_is_no_database_is_refused_and_kept(path, content):
    path.write_bytes(content)

    with pytest.raises(StoreUnreadableError, match=r"busbar\.db.*move the file away|another program"):
        await open_and_close(path)

    assert path.read_bytes() == content


async def test_r12_somebody_elses_database_is_refused_and_kept(path):
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE diary (text)")
    before = path.read_bytes()

    with pytest.raises(StoreUnreadableError, match="another program"):
        await open_and_close(path)

    assert path.read_bytes() == before


@pytest.mark.parametrize("kept", [100, 4096, 20_000])
async def test_r12_a_truncated_file_is_refused_or_its_damage_is_said(path, kept):
    await filled(path)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(StoreUnreadableError, match="put a backup back"):
        async with Database.open(path) as database:
            await database.read(lambda c: c.execute("SELECT sum(length(data)) FROM event").fetchone())


async def test_r12_flipped_bytes_never_end_in_a_bare_sqlite_error(path):
    await filled(path)
    sound = path.read_bytes()
    refusals = []
    for page in range(len(sound) // 4096):
        at = page * 4096 + page * 37 % 100
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 0xFF]) + sound[at + 1 :])
        try:
            async with Database.open(path) as database:
                await database.read(lambda c: c.execute("SELECT sum(length(data)), max(seq) FROM event").fetchone())
        except StoreError as refusal:
            refusals.append(str(refusal))
        assert path.stat().st_size == len(sound)
    assert refusals
    assert all(str(path) in refusal for refusal in refusals)


async def test_r12_a_write_ahead_file_without_its_database_is_not_replayed_into_a_new_one(path):
    orphan = path.with_name("busbar.db-wal")
    orphan.write_bytes(b"of another database")

    with pytest.raises(StoreUnreadableError, match=r"without busbar\.db"):
        await open_and_close(path)

    assert not path.exists()


async def test_nothing_is_imported_for_migrating_when_there_is_nothing_to_migrate(path):
    await open_and_close(path)
    program = (
        "import anyio, sys; from pathlib import Path; from server.stores.sqlite.database import Database\n"
        "async def main():\n    async with Database.open(Path(sys.argv[1])): pass\n"
        "anyio.run(main); print('sqlite_utils' in sys.modules)"
    )
    answer = await anyio.run_process([sys.executable, "-c", program, str(path)])

    assert answer.stdout.strip() == b"False"

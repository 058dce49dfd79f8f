"""R35: no usable secret lies in the file, whatever wrote it before, and none is lost when the key is."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from server.clock import Clock
from server.security.keys import KEY_FILE, Key
from server.security.vault import AesVault
from server.stores.errors import SecretsError
from server.stores.sqlite import migrations
from server.stores.sqlite.database import Database
from server.stores.sqlite.panels import SqlitePanelStore
from server.stores.sqlite.sealing import is_sealed, seal_secrets
from server.stores.sqlite.secret import signing_secret
from server.stores.sqlite.tokens.file import tokens_in
from tests.server.stores.test_panels import KITCHEN
from tests.server.vault import VAULT

CANARY = "canary-5eeb21-token"
SIGNING = b"canary-5eeb21-signing-secret-32b"
OTHER = Key("another key", b"o" * 32)


async def sealed(database: Database, vault: AesVault = VAULT) -> list[str]:
    """The tokens, as they open after a start."""
    await seal_secrets(database, vault, busy_timeout_s=5.0)
    return [record.access_token for record in await SqlitePanelStore(database, vault, Clock()).all()]


def everything(path: Path) -> bytes:
    """All bytes of the database and of the files beside it."""
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))


def content(path: Path) -> bytes:
    """Behind the header, which counts each time that it is opened."""
    return path.read_bytes()[100:]


def _leave_open(path: Path) -> None:
    """Fill it as an older version did, and pull the plug: the write-ahead file is still there."""
    before = path.with_name("before.db")
    path.rename(before)
    with closing(sqlite3.connect(before)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        panel = "INSERT INTO panel VALUES (?, '', 'h', 80, ?, 0, '{}')"
        connection.executemany(panel, [(f"gone-{number}", f"{CANARY}-gone-{number}") for number in range(300)])
        connection.commit()
        connection.execute("DELETE FROM panel")
        connection.execute(panel, ("nj-1", CANARY))
        connection.execute(panel, ("nj-2", f"{CANARY}-2"))
        connection.execute("INSERT INTO secret VALUES ('signing', ?)", (SIGNING,))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        for end in ("", "-wal"):
            shutil.copy(f"{before}{end}", f"{path}{end}")
    before.unlink()


@pytest.fixture
async def old(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of a version that kept tokens as they are; one is in its table, one only in a page that was freed."""
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", migrations.STEPS[: migrations.STEPS.index(migrations.create_sealing)])
        async with Database.open(path) as database:
            assert await database.read(lambda c: c.execute("SELECT count(*) FROM panel").fetchone()) == (0,)
    _leave_open(path)
    assert f"{CANARY}-gone-7".encode() in everything(path)
    return path


async def test_r35_a_token_is_sealed_from_the_first_save_on(path: Path) -> None:
    async with Database.open(path) as database:
        assert await sealed(database) == []
        await SqlitePanelStore(database, VAULT, Clock()).save(replace(KITCHEN, access_token=CANARY))
        secret = await signing_secret(database, VAULT)
        assert secret == await signing_secret(database, VAULT)
        assert CANARY.encode() not in everything(path)
        assert secret not in everything(path)
    async with Database.open(path) as database:
        assert await sealed(database) == [CANARY]
        assert await signing_secret(database, VAULT) == secret
    assert CANARY.encode() not in everything(path)


async def test_r35_what_an_older_version_left_open_is_sealed_and_wiped(old: Path) -> None:
    async with Database.open(old) as database:
        assert not await is_sealed(database)
        assert await sealed(database) == [CANARY, f"{CANARY}-2"]
        assert await signing_secret(database, VAULT) == SIGNING
        assert b"canary-5eeb21" not in everything(old)
    assert b"canary-5eeb21" not in everything(old)


async def test_what_is_brought_up_to_date_for_an_api_token_is_sealed_by_the_next_start(old: Path) -> None:
    assert tokens_in(old) == []
    assert not (old.parent / KEY_FILE).exists()
    async with Database.open(old) as database:
        assert not await is_sealed(database)
        assert await sealed(database) == [CANARY, f"{CANARY}-2"]
    assert b"canary-5eeb21" not in everything(old)


async def test_an_old_token_does_not_open_in_another_panels_row(path: Path) -> None:
    async with Database.open(path) as database:
        await sealed(database)
        store = SqlitePanelStore(database, VAULT, Clock())
        for serial in ("nj-1", "nj-2"):
            await store.save(replace(KITCHEN, serial=serial, access_token=serial))
        swap = "UPDATE panel SET access_token = (SELECT access_token FROM panel WHERE serial = 'nj-1')"
        await database.write(lambda connection: connection.execute(swap))
        with pytest.raises(SecretsError, match="panel/nj-2"):
            await store.all()


async def test_another_key_is_refused_and_nothing_is_changed(old: Path) -> None:
    async with Database.open(old) as database:
        await sealed(database)
    before = content(old)
    async with Database.open(old) as database:
        with pytest.raises(SecretsError, match=r"another key.*secrets\.key_file or BUSBAR_SECRETS__KEY") as caught:
            await sealed(database, AesVault(OTHER))
    assert content(old) == before
    assert "\n" not in str(caught.value)
    async with Database.open(old) as database:
        assert await sealed(database) == [CANARY, f"{CANARY}-2"]


async def test_keys_are_changed_by_naming_the_old_one_once(old: Path) -> None:
    first = Key("the first", bytes(range(32)))
    async with Database.open(old) as database:
        await sealed(database)
        assert await sealed(database, AesVault(OTHER, first)) == [CANARY, f"{CANARY}-2"]
        assert await signing_secret(database, AesVault(OTHER)) == SIGNING
        assert await sealed(database, AesVault(OTHER)) == [CANARY, f"{CANARY}-2"]
        with pytest.raises(SecretsError):
            await sealed(database, VAULT)


async def test_a_start_that_is_cut_off_before_the_wiping_wipes_the_next_time(old: Path, monkeypatch) -> None:
    def cut_off(*_: object) -> None:
        raise RuntimeError("power lost")

    async with Database.open(old) as database:
        with monkeypatch.context() as patch:
            patch.setattr("server.stores.sqlite.sealing._wipe", cut_off)
            with pytest.raises(RuntimeError):
                await sealed(database)
    assert CANARY.encode() in everything(old)
    async with Database.open(old) as database:
        assert await sealed(database) == [CANARY, f"{CANARY}-2"]
    assert b"canary-5eeb21" not in everything(old)


async def test_a_seal_that_fails_in_the_middle_leaves_every_token_as_it_was(old: Path, monkeypatch) -> None:
    seal, sealing = AesVault.seal, iter(range(2))

    def full(self: AesVault, secret: bytes, owner: str) -> bytes:
        next(sealing)
        return seal(self, secret, owner)

    async with Database.open(old) as database:
        with monkeypatch.context() as patch:
            patch.setattr(AesVault, "seal", full)
            with pytest.raises(Exception, match="StopIteration"):
                await sealed(database)
        rows = await database.read(lambda c: c.execute("SELECT access_token FROM panel").fetchall())
        assert rows == [(CANARY,), (f"{CANARY}-2",)]
        assert not await is_sealed(database)


PROGRAM = """
import sys
from pathlib import Path
import anyio
from server.stores.sqlite import sealing
from server.stores.sqlite.database import Database
from tests.server.vault import VAULT

async def main():
    async with Database.open(Path(sys.argv[1])) as database:
        print(flush=True)
        await sealing.seal_secrets(database, VAULT, busy_timeout_s=5.0)
        print(flush=True)
        await anyio.sleep_forever()

anyio.run(main)
"""


@pytest.mark.parametrize("after_ms", [0, 1, 2, 4, 8, 16])
async def test_r8_a_start_that_is_killed_leaves_the_tokens_open_or_sealed_and_never_by_halves(old, after_ms) -> None:
    async with await anyio.open_process([sys.executable, "-c", PROGRAM, str(old)], stderr=None) as server:
        assert server.stdout is not None
        await server.stdout.receive()
        await anyio.sleep(after_ms / 1000)
        os.kill(server.pid, signal.SIGKILL)
    async with Database.open(old) as database:
        kinds = await database.read(lambda c: {type(row[0]) for row in c.execute("SELECT access_token FROM panel")})
        assert kinds == ({bytes} if await is_sealed(database) else {str})
        assert await sealed(database) == [CANARY, f"{CANARY}-2"]
    assert b"canary-5eeb21" not in everything(old)

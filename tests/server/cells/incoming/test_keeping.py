from __future__ import annotations

import os

from schema.cells import refusals
from schema.ports import Confirmed
from server.stores.sqlite.cells.store import SqliteCellStore
from tests.server.cells.full_disk import largest_file
from tests.server.cells.parquet import confirmed, frame, opened, parquet, put, uploaded


async def test_a_full_disk_refuses_and_leaves_all_as_it_was(bench):
    upload = await opened(bench)
    body = parquet(frame(0, 50_000))
    with largest_file(20_000):
        assert isinstance(await put(bench, upload, body), refusals.StorageFull)
    await put(bench, upload, body)
    before = await bench.state()
    with largest_file(20_000):
        assert isinstance(await confirmed(bench, upload), refusals.StorageFull)
    assert await bench.state() == before
    assert isinstance(await confirmed(bench, upload), Confirmed)
    assert await bench.orphans() == set()


async def test_every_blob_is_on_stable_storage_before_the_row_names_it(bench, monkeypatch):
    """What fsync was called for, when the row is added: each file by its number, and the folders that lead to it."""
    synced: set[int] = set()
    at_commit: list[bool] = []

    def remember(opened):
        synced.add(os.fstat(opened).st_ino)

    monkeypatch.setattr("server.stores.blobs.os.fsync", remember)
    add = SqliteCellStore.add_measurement

    async def added(self, *args, digest, **more):
        paths = [bench.data / "cells" / key for key in digest.content.keys]
        at_commit.extend(path.stat().st_ino in synced for path in paths)
        at_commit.extend(folder.stat().st_ino in synced for path in paths for folder in list(path.parents)[:4])
        await add(self, *args, digest=digest, **more)

    monkeypatch.setattr(SqliteCellStore, "add_measurement", added)
    await uploaded(bench, frame())
    assert len(at_commit) >= 10
    assert all(at_commit)

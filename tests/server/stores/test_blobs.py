from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import anyio
import pytest

from server.stores.blobs import Blobs, TooLongError
from server.stores.errors import StorageFullError, StoreError
from tests.server.cells.full_disk import largest_file


class GoneError(Exception):
    pass


async def body(*parts: bytes, error: Exception | None = None):
    for part in parts:
        yield part
    if error:
        raise error


@pytest.fixture
def blobs(tmp_path) -> Blobs:
    return Blobs(tmp_path / "cells")


async def test_a_put_replaces_what_was_there(blobs):
    assert await blobs.put("uploads/a/x.parquet", body(b"one", b"two"), 100) == 6
    assert await blobs.put("uploads/a/x.parquet", body(b"three"), 100) == 5

    assert blobs.path("uploads/a/x.parquet").read_bytes() == b"three"
    assert blobs.sizes() == {"uploads/a/x.parquet": 5}


@pytest.mark.parametrize("count", [1, 200])
async def test_a_body_beyond_the_limit_leaves_nothing(blobs, count):
    parts = [b"x" * 100_000] * count

    with pytest.raises(TooLongError):
        await blobs.put("uploads/a/x", body(*parts), 100_000 * count - 1)

    assert blobs.sizes() == {}
    assert await blobs.put("uploads/a/x", body(*parts), 100_000 * count) == 100_000 * count


async def test_a_body_that_breaks_off_leaves_what_was_there(blobs):
    await blobs.put("uploads/a/x", body(b"whole"), 100)

    with pytest.raises(GoneError):
        await blobs.put("uploads/a/x", body(b"half", error=GoneError()), 100)

    assert blobs.path("uploads/a/x").read_bytes() == b"whole"
    assert blobs.sizes() == {"uploads/a/x": 5}


async def test_a_put_that_is_given_up_leaves_nothing(blobs):
    begun = anyio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"x" * 20_000_000
        begun.set()
        await anyio.sleep_forever()

    put = asyncio.create_task(blobs.put("uploads/a/x", slow(), 10**9))
    await begun.wait()
    put.cancel()
    await asyncio.wait([put])

    for _ in range(200):
        if not blobs.sizes():
            break
        await anyio.sleep(0.01)
    assert blobs.sizes() == {}


@pytest.mark.parametrize("parts", [[b"x" * 2_000_000], [b"x" * 100_000] * 80])
async def test_a_full_disk_is_said_and_leaves_nothing(blobs, parts):
    with largest_file(1_000_000), pytest.raises(StorageFullError):
        await blobs.put("uploads/a/x", body(*parts), 10**9)

    assert blobs.sizes() == {}


@pytest.mark.parametrize(
    "key", ["", "/x", "a//b", "../x", "a/../x", "a/.hidden", "a/b#1", "a\\b", "a b", "x\0", "ü", "a" * 200, "a/" * 300]
)
async def test_other_keys_are_refused(blobs, key):
    with pytest.raises(ValueError, match="no key"):
        blobs.path(key)
    with pytest.raises(ValueError, match="no key"):
        await blobs.put(key, body(b"x"), 100)


async def test_a_link_outlives_its_source(blobs):
    await blobs.put("uploads/a/x", body(b"bytes"), 100)
    await blobs.link("uploads/a/x", "measurements/m/1/x")
    await blobs.delete(["uploads/a/x", "uploads/a/never"])

    assert blobs.path("measurements/m/1/x").read_bytes() == b"bytes"
    assert blobs.sizes() == {"measurements/m/1/x": 5}


async def test_what_is_made_in_scratch_goes_unless_it_is_linked(blobs):
    with blobs.scratch("token") as folder:
        (folder / "kept").write_bytes(b"kept")
        (folder / "left").write_bytes(b"left")
        await blobs.link(blobs.key(folder / "kept"), "measurements/m/1/kept")

    assert blobs.sizes() == {"measurements/m/1/kept": 4}
    assert not folder.exists()


async def test_what_a_crash_left_is_seen_and_removed(blobs):
    await blobs.put("uploads/a/x", body(b"bytes"), 100)
    blobs.path("uploads/a/x").with_name("x#1").write_bytes(b"half")

    assert blobs.sizes() == {"uploads/a/x": 5, "uploads/a/x#1": 4}
    blobs.remove(["uploads/a/x#1", "uploads/a/x", "uploads/never"])
    assert blobs.sizes() == {}
    assert not blobs.path("uploads/a").exists()


async def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "cells").write_text("a file")

    with pytest.raises(StoreError, match="cannot be kept"):
        await Blobs(tmp_path / "cells").put("uploads/a/x", body(b"x"), 100)

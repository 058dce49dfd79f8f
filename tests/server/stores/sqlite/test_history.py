from __future__ import annotations

from server.stores.sqlite.history import Chunk, Sample, Window, keep_chunk, keep_samples, panel_id_of, tail
from tests.server.events.test_log import NOON

OVEN = (None, "oven")


def keep(connection, *times_ms: int) -> Window:
    keep_samples(connection, [Sample("nj-1", at_ms, OVEN, bytes([at_ms])) for at_ms in times_ms], NOON)
    panel_id = panel_id_of(connection, "nj-1")
    assert panel_id is not None
    return Window(panel_id, 0, 100)


async def test_a_sample_that_comes_while_its_window_is_packed_is_not_swept_away(database):
    window = await database.write(lambda connection: keep(connection, 1, 2, 3))
    chunk = Chunk(OVEN, b"minutes", b"raw")

    assert not await database.write(lambda connection: keep_chunk(connection, window, chunk, packed_samples=2))

    left = await database.read(lambda connection: tail(connection, window))
    assert [at_ms for at_ms, _, _ in left] == [1, 2, 3]
    assert await database.write(lambda connection: keep_chunk(connection, window, chunk, packed_samples=3))
    assert await database.read(lambda connection: tail(connection, window)) == []


async def test_a_sample_beside_the_window_stays_in_the_tail(database):
    window = await database.write(lambda connection: keep(connection, 99, 100, 101))
    await database.write(lambda connection: keep_chunk(connection, window, Chunk(OVEN, b"", b""), packed_samples=1))

    left = await database.read(lambda connection: tail(connection, Window(window.panel_id, 0, 1000)))
    assert [(at_ms, circuits) for at_ms, circuits, _ in left] == [(100, OVEN), (101, OVEN)]

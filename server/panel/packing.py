"""A stretch of a panel's samples, out of its rows and into a chunk."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from server.panel.chunk import Circuits, Samples, pack_all, pack_minutes, unpack
from server.panel.samples import KINDS, Stretch, joined
from server.stores.sqlite import history as rows
from server.stores.sqlite.connection import Connection


def packed(connection: Connection, window: rows.Window) -> tuple[rows.Chunk, int]:
    """The window's samples as a chunk, with those packed earlier, and how many of them were waiting in the tail."""
    waiting = rows.tail(connection, window)
    earlier = [_whole(chunk) for chunk in rows.chunks(connection, window, with_raw=True)]
    samples = joined([*earlier, *(_by_circuit(stretch) for stretch in stretches(waiting))])
    return rows.Chunk(samples.circuits, pack_minutes(samples), pack_all(samples)), len(waiting)


def stretches(waiting: Iterable[tuple[int, Circuits, bytes]]) -> list[Samples]:
    """Rows of the tail, joined where they tell of the same circuits."""
    by_circuits: dict[Circuits, tuple[list[int], list[bytes]]] = {}
    for at_ms, circuits, readings in waiting:
        times, blobs = by_circuits.setdefault(circuits, ([], []))
        times.append(at_ms)
        blobs.append(readings)
    return [
        Samples(
            np.array(times, dtype=np.int64),
            circuits,
            np.frombuffer(b"".join(blobs), dtype="<i8").reshape(len(times), len(circuits), KINDS),
        )
        for circuits, (times, blobs) in by_circuits.items()
    ]


def _whole(chunk: rows.Chunk) -> Stretch:
    body = chunk.raw or chunk.minutes
    return {circuit: unpack(body, index) for index, circuit in enumerate(chunk.circuits)}


def _by_circuit(samples: Samples) -> Stretch:
    return {circuit: [samples.time_ms, *samples.readings[:, index].T] for index, circuit in enumerate(samples.circuits)}

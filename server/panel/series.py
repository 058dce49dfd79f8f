"""Answering from history: which samples, from where, and how few of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from schema.ports import Metric, Series
from server.panel.chunk import MINUTE_MS, MISSING, Column, Samples, unpack
from server.panel.packing import stretches
from server.stores.sqlite import history as rows
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.instants import to_us

# The downsampler keeps the first and last point, and needs one between them.
FEWEST_THINNED = 3

_KINDS = (Metric.POWER_W, Metric.CONSUMED_ENERGY_WH, Metric.PRODUCED_ENERGY_WH)


@dataclass(frozen=True, slots=True)
class Question:
    """One circuit's (None: the grid's) metric in [start_ms, end_ms), in at most `max_points` points."""

    serial: str
    circuit_id: str | None
    metric: Metric
    start_ms: int
    end_ms: int
    max_points: int

    @classmethod
    def of(
        cls, serial: str, circuit_id: str | None, metric: Metric, span: tuple[datetime, datetime], most: int
    ) -> Question:
        """Raises TypeError for a time without a zone, ValueError for less than one point."""
        if most < 1:
            raise ValueError(f"max_points is {most}; ask for at least one")
        start_ms, end_ms = (-(-to_us(at) // 1000) for at in span)
        return cls(serial, circuit_id, metric, start_ms, end_ms, most)

    @property
    def is_answered_by_minutes(self) -> bool:
        """Three samples of each minute are plenty to choose from where each point stands for a minute or more."""
        return self.end_ms - self.start_ms >= self.max_points * MINUTE_MS


def answer(connection: Connection, question: Question, pending: Sequence[Samples], chunk_ms: int) -> Series:
    """The series; `pending` are samples of this panel that have no row yet."""
    found = [*_stored(connection, question, chunk_ms), *_picked(pending, question)]
    times = np.concatenate([np.empty(0, np.int64), *(time_ms for time_ms, _ in found)])
    values = np.concatenate([np.empty(0, np.int64), *(column for _, column in found)])
    is_wanted = (times >= question.start_ms) & (times < question.end_ms) & (values != MISSING)
    time_ms, first = np.unique(times[is_wanted], return_index=True)
    tenths = values[is_wanted][first]
    chosen = _thinned(time_ms, tenths, question.max_points)
    return Series(time_ms[chosen] / 1000, {question.metric.value: tenths[chosen] / 10}, len(time_ms))


def _stored(connection: Connection, question: Question, chunk_ms: int) -> Iterator[tuple[Column, Column]]:
    panel_id = rows.panel_id_of(connection, question.serial)
    if panel_id is None or question.start_ms >= question.end_ms:
        return
    kind = 1 + _KINDS.index(question.metric)
    window = rows.Window(panel_id, question.start_ms // chunk_ms * chunk_ms, question.end_ms)
    for chunk in rows.chunks(connection, window, with_raw=not question.is_answered_by_minutes):
        if question.circuit_id in chunk.circuits:
            index = chunk.circuits.index(question.circuit_id)
            time_ms, values = unpack(chunk.raw or chunk.minutes, index, kinds=(0, kind))
            yield time_ms, values
    yield from _picked(stretches(rows.tail(connection, window)), question)


def _picked(samples: Sequence[Samples], question: Question) -> Iterator[tuple[Column, Column]]:
    kind = _KINDS.index(question.metric)
    for each in samples:
        if question.circuit_id in each.circuits:
            yield each.time_ms, each.readings[:, each.circuits.index(question.circuit_id), kind]


def _thinned(time_ms: Column, values: Column, max_points: int) -> NDArray[np.intp]:
    """Which points to show: all, or those that look most like all."""
    if len(values) <= max_points:
        return np.arange(len(values))
    if max_points < FEWEST_THINNED:
        return np.array([0, len(values) - 1])[-max_points:]
    from tsdownsample import MinMaxLTTBDownsampler  # noqa: PLC0415 - only where something is thinned

    downsampler = MinMaxLTTBDownsampler()  # type: ignore[no-untyped-call]  # its constructor has no annotations
    chosen: NDArray[np.intp] = downsampler.downsample(time_ms, values, n_out=max_points)
    return chosen

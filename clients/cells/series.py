"""The tables of one measurement: steps, cycles and samples, as operations that make frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import httpx

from clients.cells import wire
from clients.cells.errors import CellsMalformedError
from clients.cells.frames import Frame, Frame_co, Frames
from clients.cells.operations import Json, Operation, Request, Transfer, ask, transferred, worked
from clients.cells.room import path

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class StepsAndCycles(Generic[Frame_co]):
    """Both tables."""

    steps: Frame_co
    cycles: Frame_co


def steps(frames: Frames[Frame], measurement_id: str) -> Operation[Frame]:
    """One row for each step."""
    return (yield from _table(frames, (yield from _asked(measurement_id, "steps")), "steps"))


def cycles(frames: Frames[Frame], measurement_id: str) -> Operation[Frame]:
    """One row for each cycle."""
    return (yield from _table(frames, (yield from _asked(measurement_id, "cycles")), "cycles"))


def steps_and_cycles(frames: Frames[Frame], measurement_id: str) -> Operation[StepsAndCycles[Frame]]:
    """Both, in one request."""
    answer = yield from _asked(measurement_id, "steps_and_cycles")
    made = yield from _table(frames, answer, "steps")
    return StepsAndCycles(made, (yield from _table(frames, answer, "cycles")))


def signed_url(measurement_id: str) -> Operation[str]:
    """Where its Parquet file can be fetched for a while, by anybody who has this address."""
    answer = yield from _asked(measurement_id, "time_series", "signed_url")
    return absolute(wire.text(answer, "signed_url"))


def time_series(frames: Frames[Frame], measurement_id: str) -> Operation[Frame]:
    """Every sample."""
    url = yield from signed_url(measurement_id)
    body = yield from transferred(Transfer("GET", url))
    return (yield from _made(lambda: frames.of_parquet(body), f"the samples of measurement {measurement_id}"))


def absolute(url: str) -> str:
    """A signed address that can be followed. Raises CellsMalformedError; shows no signature."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        parts = httpx.URL("")
    if parts.scheme not in ("http", "https") or not parts.host:
        shown = url.partition("?")[0]
        raise CellsMalformedError(f"the server gave {shown!r:.200} for a signed address, which is no absolute one")
    return url


def _asked(measurement_id: str, *parts: str) -> Operation[Json]:
    return (yield from ask(Request("GET", "/cell_measurements" + path(measurement_id, *parts))))


def _table(frames: Frames[Frame], answer: Json, key: str) -> Operation[Frame]:
    columns = wire.table(answer, key)
    return (yield from _made(lambda: frames.of_columns(columns), f"the {key}"))


def _made(function: Callable[[], Read], what: str) -> Operation[Read]:
    try:
        return (yield from worked(function))
    except ValueError as error:
        raise CellsMalformedError(f"the server answered {what} in a form that cannot be read: {error}") from error

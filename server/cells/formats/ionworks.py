"""Ionworks' own columns, which are ours: `clients/cells/models.py` names them."""

from __future__ import annotations

from collections.abc import Sequence

from clients.cells import models
from server.cells.digest.columns import Kind, kind_of
from server.cells.formats.choices import Sign
from server.cells.formats.layout import Layout, Taken, needed

SIGN = Sign.DISCHARGE_POSITIVE

_NEEDED = {column: column for column in (models.TIME, models.VOLTAGE, models.CURRENT)}


def is_ionworks(columns: Sequence[str]) -> bool:
    """Whether these are the columns of a time series, or of a series that has no time: a spectrum or an OCP curve."""
    return set(_NEEDED).issubset(columns) or is_without_time(columns)


def is_without_time(columns: Sequence[str]) -> bool:
    """Whether these are a spectrum's columns, or an open-circuit curve's; nothing of such a file is changed."""
    return kind_of(columns) is not Kind.TIME_SERIES


def layout(columns: Sequence[str]) -> Layout:
    """How a file with these columns is read. Raises FormatError."""
    takes = {column: Taken(column) for column in _NEEDED if column in columns}
    needed(takes, _NEEDED, columns, "Ionworks")
    steps = _first_of(columns, models.STEP_COUNT, models.STEP_FROM_CYCLER)
    cycles = _first_of(columns, models.CYCLE_COUNT, models.CYCLE_FROM_CYCLER)
    counted = (models.STEP_COUNT, models.CYCLE_COUNT)
    keeps = {column: column for column in columns if column not in takes and column not in counted}
    return Layout("ionworks", takes, keeps, steps, cycles, SIGN)


def _first_of(columns: Sequence[str], *wanted: str) -> str | None:
    return next((column for column in wanted if column in columns), None)

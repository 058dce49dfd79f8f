"""A file that says which columns of a table are which, as YAML or TOML.

    columns:
      Time [s]: {from: Time(h), factor: 3600}
      Voltage [V]: Ecell/V
      Current [A]: {from: I/mA, factor: 0.001}
      Step count: Ns
    sign: charge-positive
    delimiter: ";"
    decimal: ","
    encoding: latin-1
    skip_lines: 2
    keep_others: true

Only `columns` is needed. `Step count` and `Cycle count` begin anew where their column changes.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from clients.cells import models
from server.cells.formats.choices import Sign
from server.cells.formats.errors import FormatError
from server.cells.formats.files import open_regular
from server.cells.formats.layout import Layout, Taken, listed, needed
from server.cells.formats.text import Dialect

MAX_BYTES = 100_000
MAX_SKIPPED_LINES = 10_000
ENCODINGS = ("utf-8", "latin-1", "cp1252", "ascii")
COUNTED = (models.STEP_COUNT, models.CYCLE_COUNT)

_NEEDED = {column: column for column in (models.TIME, models.VOLTAGE, models.CURRENT)}
_KEYS = ("columns", "sign", "delimiter", "decimal", "encoding", "skip_lines", "keep_others")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What such a file says."""

    columns: Mapping[str, Taken]
    dialect: Dialect = field(default_factory=Dialect)
    sign: Sign | None = None
    keep_others: bool = True


def load(path: Path) -> ColumnMapping:
    """Read a mapping file. Raises FormatError, which names it and the key at fault."""
    with open_regular(path) as stream:
        raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise FormatError(f"{path} is longer than {MAX_BYTES:,} bytes; a mapping is a page at most")
    try:
        return parsed(_document(path, raw.decode()))
    except UnicodeDecodeError:
        raise FormatError(f"{path} is no UTF-8 text") from None
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None


def parsed(document: object) -> ColumnMapping:
    """What the document says. Raises FormatError."""
    if not isinstance(document, dict) or not isinstance(document.get("columns"), dict):
        raise FormatError('a mapping has the key "columns", with our columns and where each comes from')
    for key in document:
        if key not in _KEYS:
            raise FormatError(f"there is no key {key!r:.60}; the keys are {', '.join(_KEYS)}")
    columns = {_ours(ours): _taken(ours, given) for ours, given in document["columns"].items()}
    needed(columns, _NEEDED, list(columns), "mapping")
    keep_others = document.get("keep_others", True)
    if not isinstance(keep_others, bool):
        raise FormatError(f"keep_others is true or false, not {keep_others!r:.60}")
    sign = _one_of(document, "sign", tuple(Sign))
    return ColumnMapping(columns, _dialect(document), None if sign is None else Sign(sign), keep_others)


def layout(mapping: ColumnMapping, columns: Sequence[str]) -> Layout:
    """How a file with these columns is read. Raises FormatError for a column that is not there."""
    for ours, taken in mapping.columns.items():
        if taken.source not in columns:
            raise FormatError(f"{ours} comes from {taken.source!r:.60}, and the file has only {listed(columns)}")
    takes = {ours: taken for ours, taken in mapping.columns.items() if ours not in COUNTED}
    used = {taken.source for taken in mapping.columns.values()}
    reserved = {*takes, *COUNTED}
    others = [column for column in columns if column not in used and mapping.keep_others]
    keeps = {(f"{column} (file)" if column in reserved else column): column for column in others}
    steps, cycles = (mapping.columns.get(ours) for ours in COUNTED)
    for counted, name in ((steps, models.STEP_FROM_CYCLER), (cycles, models.CYCLE_FROM_CYCLER)):
        if counted and name not in reserved:
            keeps.setdefault(name, counted.source)
    by_steps, by_cycles = (counted.source if counted else None for counted in (steps, cycles))
    return Layout("csv", takes, keeps, by_steps, by_cycles, mapping.sign)


def _document(path: Path, text: str) -> object:
    try:
        return tomllib.loads(text) if path.suffix.lower() == ".toml" else yaml.safe_load(text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError, RecursionError) as error:
        raise FormatError(f"it cannot be read: {' '.join(str(error).split())[:200]}") from None


def _ours(name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise FormatError(f"{name!r:.60} is no name of a column")
    return name


def _taken(ours: object, given: object) -> Taken:
    entry = {"from": given} if isinstance(given, str) else given
    if not isinstance(entry, dict) or not isinstance(entry.get("from"), str):
        raise FormatError(f'{ours!r:.60} comes from a column: write its name, or {{"from": its name, "factor": 0.001}}')
    if extra := set(entry) - {"from", "factor", "offset"}:
        raise FormatError(f"{ours!r:.60} has {min(map(str, extra))!r:.60}; it may have from, factor and offset")
    if ours in COUNTED and len(entry) > 1:
        raise FormatError(f"{ours} is counted anew, so it has neither factor nor offset")
    factor, offset = (_number(ours, key, entry.get(key, usual)) for key, usual in (("factor", 1.0), ("offset", 0.0)))
    if not factor:
        raise FormatError(f"the factor of {ours!r:.60} is 0; leave the column out instead")
    return Taken(entry["from"], factor, offset)


def _number(ours: object, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise FormatError(f"the {key} of {ours!r:.60} is a finite number, not {value!r:.60}")
    return float(value)


def _dialect(document: Mapping[str, Any]) -> Dialect:
    delimiter, skipped = document.get("delimiter"), document.get("skip_lines", 0)
    if delimiter is not None and not (isinstance(delimiter, str) and len(delimiter) == 1 and delimiter.isascii()):
        raise FormatError(f"the delimiter is one ASCII character, not {delimiter!r:.60}")
    if isinstance(skipped, bool) or not isinstance(skipped, int) or not 0 <= skipped <= MAX_SKIPPED_LINES:
        raise FormatError(f"skip_lines is a count from 0 to {MAX_SKIPPED_LINES:,}, not {skipped!r:.60}")
    decimal = _one_of(document, "decimal", (".", ","))
    if decimal == "," and delimiter == ",":
        raise FormatError("the comma cannot be the delimiter and the decimal sign")
    return Dialect(delimiter, decimal, _one_of(document, "encoding", ENCODINGS) or "utf-8", skipped)


def _one_of(document: Mapping[str, Any], key: str, choices: Sequence[str]) -> str | None:
    value = document.get(key)
    if value is None or (isinstance(value, str) and value in choices):
        return value
    raise FormatError(f"{key} is one of {', '.join(choices)}, not {value!r:.60}")

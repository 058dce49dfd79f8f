from __future__ import annotations

from datetime import UTC, datetime
from math import inf, nan
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from server.cells.formats.start import started_at


def file(folder: Path, **columns: list[Any]) -> Path:
    pl.DataFrame(columns, strict=False).write_parquet(folder / "series.parquet")
    return folder / "series.parquet"


@pytest.mark.parametrize("name", ["Unix Time / s", "unix_time_second"])
def test_the_first_unix_time_is_when_it_began(tmp_path: Path, name: str) -> None:
    path = file(tmp_path, **{"Time [s]": [0.0, 1.0], name: [1_767_600_000.5, 1_767_600_001.5]})
    assert started_at(path) == datetime(2026, 1, 5, 8, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize("first", [None, nan, inf, -1.0, 0.0, 1e300])
def test_nonsense_is_no_time(tmp_path: Path, first: float | None) -> None:
    assert started_at(file(tmp_path, **{"Unix Time / s": [first, 1.0]})) is None


def test_texts_and_files_without_it_have_none(tmp_path: Path) -> None:
    assert started_at(file(tmp_path, **{"Unix Time / s": ["yesterday"]})) is None
    assert started_at(file(tmp_path, **{"Time [s]": [0.0]})) is None

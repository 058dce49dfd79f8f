"""How much memory reading takes, in a process of its own: the soak reads 10 million rows, each test run 1.5 million.

Its `ru_maxrss` would be that of the tests it was started by; VmHWM is its own.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from tests.together.process import ROOT

MAX_MB = 400
PROGRAM = """
import sys
from pathlib import Path
from server.cells.formats.files import open_regular
from server.cells.formats.reading import Wish, read
from server.cells.limits import Limits
path = Path(sys.argv[1])
with open_regular(path) as stream:
    outcome = read(stream, path.name, path.with_name("converted.parquet"), Wish(), Limits(), lambda rows: None)
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
print(outcome.rows, int(peak.split()[1]) // 1024)
"""


def long_test(rows: int) -> pl.DataFrame:
    """Half a cycle each 20,000 rows: full measurements of a kind, and every column a reader must hold."""
    place = np.arange(rows)
    charges = place // 20_000 % 2 == 0
    along = place % 20_000 / 20_000
    return pl.DataFrame(
        {
            "Test Time / s": place * 0.5,
            "Voltage / V": np.round(3.3 + 0.8 * np.where(charges, along, 1 - along), 4),
            "Current / A": np.where(charges, 1.0, -1.0),
            "Step Count / 1": place // 20_000 + 1,
            "Cycle Count / 1": place // 40_000 + 1,
            "Ambient Temperature / degC": np.round(25 + np.sin(place / 1000), 2),
        }
    )


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("rows", [1_500_000, pytest.param(10_000_000, marks=pytest.mark.soak)])
def test_a_long_file_is_read_in_bounded_memory(tmp_path, suffix, rows):
    path, frame = tmp_path / f"long.bdf.{suffix}", long_test(rows)
    if suffix == "csv":
        frame.write_csv(path)
    else:
        frame.write_parquet(path, row_group_size=rows)
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    read, peak_mb = map(int, done.stdout.split())
    assert read == rows
    assert peak_mb < MAX_MB
    assert pl.scan_parquet(tmp_path / "converted.parquet").select(pl.len()).collect().item() == rows

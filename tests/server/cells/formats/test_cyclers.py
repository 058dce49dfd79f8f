"""Neware's files: fastnda is an extra, so a stand-in gives the columns that it documents (release 1.3)."""

from __future__ import annotations

import sys
import zipfile
from types import SimpleNamespace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from server.cells.formats import cyclers
from server.cells.formats.choices import Sign
from server.cells.formats.errors import FormatError
from tests.server.cells.formats.files import measured, reading, text


def neware() -> pl.DataFrame:
    return measured().select(
        pl.col("Voltage [V]").alias("voltage_V"),
        (pl.col("Current [A]") * -1000).alias("current_mA"),
        (pl.col("Time [s]") + 1.8e9).alias("unix_time_s"),
        pl.col("Time [s]").alias("total_time_s"),
        (pl.col("Cycle count") + 1).cast(pl.UInt32).alias("cycle_count"),
        (pl.col("Step count") + 1).cast(pl.UInt32).alias("step_count"),
        (pl.col("Step count") % 5 + 1).cast(pl.UInt32).alias("step_index"),
        pl.lit("CC_Chg").cast(pl.Categorical).alias("step_type"),
    )


@pytest.fixture
def fastnda(monkeypatch):
    stand_in = SimpleNamespace(paths=[], read=None)

    def read(path, cycle_mode):
        assert cycle_mode == "raw"
        stand_in.paths.append(path)
        if path.read_bytes()[:6] != b"NEWARE":
            raise KeyError("version")
        return neware()

    stand_in.read = read
    monkeypatch.setitem(sys.modules, "fastnda", stand_in)
    return stand_in


def test_a_file_becomes_ours(tmp_path, fastnda):
    outcome, rows = reading(text(tmp_path / "..a.NDA", "NEWARE and so on"))
    assert (outcome.format, outcome.sign) == ("neware", Sign.CHARGE_POSITIVE)
    ours = ["Time [s]", "Voltage [V]", "Current [A]", "Step count", "Cycle count"]
    assert_frame_equal(rows.select(ours), measured().select(ours))
    assert rows["Step from cycler"].to_list() == (measured()["Step count"] % 5 + 1).to_list()
    assert rows["Cycle from cycler"][-1] == measured()["Cycle count"][-1] + 1
    assert set(rows["step_type"]) == {"CC_Chg"}
    assert [path.name for path in fastnda.paths] == ["source.nda"]
    assert not any(path.exists() for path in fastnda.paths)


def test_a_broken_file_is_refused(tmp_path, fastnda):
    with pytest.raises(FormatError, match="fastnda cannot read this Neware file: 'version'"):
        reading(text(tmp_path / "a.nda", "else"))


def test_an_archive_that_is_none_or_inflates_too_far_is_refused_unread(tmp_path, fastnda, monkeypatch):
    with pytest.raises(FormatError, match=r"a \.ndax file is a zip archive, and this is none"):
        reading(text(tmp_path / "a.ndax", "NEWARE"))
    with zipfile.ZipFile(tmp_path / "b.ndax", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.ndc", b"\0" * 1_000_000)
    monkeypatch.setattr(cyclers, "MAX_INFLATED_BYTES", 100_000)
    with pytest.raises(FormatError, match="inflates to 1,000,000 bytes"):
        reading(tmp_path / "b.ndax")
    assert fastnda.paths == []


def test_without_the_extra_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fastnda", None)
    with pytest.raises(FormatError, match=r"pip install 'busbar\[cyclers\]'"):
        reading(text(tmp_path / "a.nda", "NEWARE"))

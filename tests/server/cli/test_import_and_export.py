"""`busbar import` and `busbar export` as a user runs them, in processes of their own, against a real server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.server.cells.formats.files import as_bdf, measured
from tests.together.process import READY_S, ROOT, Busbar, answer_of, free_port

OURS = ["Time [s]", "Voltage [V]", "Current [A]", "Step count", "Cycle count"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    with Busbar("serve", "--port", str(port), "--data", tmp_path_factory.mktemp("lab"), ready="busbar serves"):
        yield f"http://127.0.0.1:{port}"


def bring(url: str, *more: str | Path, spec: str = "design", cell: str = "cell") -> subprocess.CompletedProcess[str]:
    return answer_of("import", *more, "--url", url, "--spec", spec, "--instance", cell)


def take(url: str, measurement_id: str, *more: str | Path) -> subprocess.CompletedProcess[str]:
    return answer_of("export", measurement_id, "--url", url, *more)


def measurements(url: str) -> Any:
    return httpx.get(f"{url}/cell_measurements").json()


def test_a_file_that_knows_when_it_began_says_so(url, tmp_path):
    path = tmp_path / "dated.bdf.csv"
    as_bdf(measured()).with_columns((pl.col("Test Time / s") + 1_767_600_000).alias("Unix Time / s")).write_csv(path)
    assert bring(url, path, cell="dated").returncode == 0
    (told,) = [each for each in measurements(url) if each["name"] == "dated"]
    assert told["start_time"] == "2026-01-05T08:00:00+00:00"


def test_a_file_comes_in_once_and_goes_out_in_every_format(url, tmp_path):
    path, again = tmp_path / "run 1.bdf.csv", tmp_path / "copied.csv"
    as_bdf(measured()).write_csv(path)
    again.write_bytes(path.read_bytes())

    first = bring(url, path, "--json")
    assert (first.returncode, first.stderr) == (0, "")
    told = json.loads(first.stdout)
    assert {name: told[name] for name in ("name", "is_new", "row_count", "format", "sign")} == {
        "name": "run 1",
        "is_new": True,
        "row_count": measured().height,
        "format": "bdf",
        "sign": "charge-positive",
    }
    second = bring(url, path, again)
    assert second.returncode == 0
    assert second.stdout.count(f"is there already, as 'run 1' ({told['measurement_id']}); skipped") == 2

    for name, read in (("a.csv", pl.read_csv), ("a.jsonl", pl.read_ndjson), ("a.parquet", pl.read_parquet)):
        done = take(url, told["measurement_id"], "--to", tmp_path / name, "--columns", ",".join(OURS))
        assert (done.returncode, done.stderr) == (0, "")
        assert_frame_equal(read(tmp_path / name), measured().select(OURS))
    done = take(url, told["measurement_id"], "--to", tmp_path / "a.bdf.parquet", "--from", "30", "--to-time", "91")
    assert done.returncode == 0, done.stderr
    back = pl.read_parquet(tmp_path / "a.bdf.parquet")
    time = pl.col("Test Time / s")
    assert_frame_equal(
        back.select("Test Time / s", "Voltage / V", "Current / A"),
        as_bdf(measured()).filter((time >= 30) & (time < 91)).select("Test Time / s", "Voltage / V", "Current / A"),
    )
    assert back.height > 0
    piped = take(url, told["measurement_id"], "--to", "-", "--format", "csv", "--columns", "Time [s]")
    assert piped.stdout.splitlines()[:2] == ["Time [s]", "0.0"]
    assert {each.name for each in tmp_path.iterdir()} == {
        path.name,
        again.name,
        "a.csv",
        "a.jsonl",
        "a.parquet",
        "a.bdf.parquet",
    }


def test_a_right_file_arrives_byte_by_byte(url, tmp_path):
    path = tmp_path / "right.parquet"
    measured().write_parquet(path)
    done = bring(url, path, "--json", cell="cell r")
    assert done.returncode == 0, done.stderr
    assert take(url, json.loads(done.stdout)["measurement_id"], "--to", tmp_path / "back.parquet").returncode == 0
    assert (tmp_path / "back.parquet").read_bytes() == path.read_bytes()


def test_the_others_come_in_where_one_fails_and_the_exit_code_tells(url, tmp_path):
    good, bad = tmp_path / "good.bdf.csv", tmp_path / "bad.csv"
    as_bdf(measured()).write_csv(good)
    bad.write_text("a,b\n1,2\n")
    done = bring(url, bad, tmp_path / "missing.csv", good, cell="cell f")
    assert done.returncode == 2
    assert "good.bdf.csv: 'good'" in done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert "of no format known here" in lines[0]
    assert "missing.csv cannot be read: No such file" in lines[1]
    assert lines[2] == "Error: 2 of 3 files did not come in"


def test_what_the_server_refuses_is_told_and_leaves_nothing(url, tmp_path):
    path = tmp_path / "falls.bdf.csv"
    frame = as_bdf(measured())
    pl.concat([frame, frame.head(5)]).write_csv(path)
    before = measurements(url)
    done = bring(url, path, cell="cell e")
    assert done.returncode == 2
    assert "Time [s]" in done.stderr
    assert "Traceback" not in done.stderr
    assert measurements(url) == before


def test_a_name_that_is_taken_by_other_content(url, tmp_path):
    one, other = tmp_path / "x.bdf.csv", tmp_path / "y.bdf.csv"
    as_bdf(measured()).write_csv(one)
    as_bdf(measured()).head(100).write_csv(other)
    assert bring(url, one, "--name", "same", cell="cell n").returncode == 0
    done = bring(url, other, "--name", "same", cell="cell n")
    assert done.returncode == 2
    assert "y.bdf.csv" in done.stderr
    assert "'same' already" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--name", "x", "a.csv", "b.csv"], "--name is for one file"),
        (["--format", "xlsx", "a.csv"], "'xlsx' is not one of 'auto', 'bdf'"),
        (["--sign", "up", "a.csv"], "'auto', 'charge-positive', 'discharge-positive'"),
        (["--mapping", "nowhere.yaml", "a.csv"], "nowhere.yaml cannot be read"),
        (["--token", "two words", "a.csv"], "the API key must be visible ASCII"),
    ],
)
def test_wrong_arguments_end_with_one_line_and_2(url, arguments, problem):
    done = bring(url, *arguments)
    assert done.returncode == 2
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["import", "export"])
def test_a_server_that_is_not_there(tmp_path, command):
    path = tmp_path / "a.bdf.csv"
    as_bdf(measured()).write_csv(path)
    nobody = f"http://127.0.0.1:{free_port()}"
    done = bring(nobody, path) if command == "import" else take(nobody, "x", "--to", tmp_path / "out.csv")
    assert done.returncode == 2
    assert nobody in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nobody", "--to", "out.csv"], "nobody"),
        (["nobody", "--to", "out"], "does not say what to write; give --format"),
        (["../../etc/passwd", "--to", "out.csv"], "no measurement"),
        (["nobody", "--to", "nowhere/out.csv"], "cannot be written"),
    ],
)
def test_what_cannot_be_exported_leaves_no_file(url, tmp_path, arguments, problem):
    *first, to = arguments
    done = take(url, *first, str(tmp_path / to))
    assert done.returncode == 2
    assert problem in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_written_over_unasked(url, tmp_path):
    (tmp_path / "mine.csv").write_text("mine")
    done = take(url, "nobody", "--to", tmp_path / "mine.csv")
    assert "is there already; choose another name, or give --force" in done.stderr
    assert take(url, "nobody", "--to", tmp_path / "mine.csv", "--force").returncode == 2
    assert (tmp_path / "mine.csv").read_text() == "mine"


def test_ctrl_c_leaves_nothing_behind(url, tmp_path):
    path, scratch = tmp_path / "long.bdf.csv", tmp_path / "scratch"
    scratch.mkdir()
    frame = as_bdf(measured())
    body = frame.write_csv(include_header=False).encode() * 3000
    path.write_bytes(frame.clear().write_csv().encode() + body)
    before = measurements(url)
    command = [sys.executable, "-m", "server", "import", str(path), "--url", url, "--spec", "s", "--instance", "i"]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "TMPDIR": str(scratch)}, text=True, stderr=subprocess.PIPE
    ) as process:
        while not any(scratch.iterdir()):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=READY_S)
    assert process.returncode == 2
    assert said.strip() == "Error: interrupted; the file that was being read is not there"
    assert list(scratch.iterdir()) == []
    assert measurements(url) == before

"""docs/plant.md runs here: its commands in their order; its plan is the example, its tables tell all there is."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from clients.plant.models import MACHINES, Line
from server.plant.sweep.limits import LIMITS
from server.plant.sweep.plan import KEYS, read_plan
from server.plant.sweep.settings import LAYOUT

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "plant.md").read_text()
EXAMPLE = ROOT / "examples" / "plant-sweep.yaml"
BUSBAR = f"{shlex.quote(sys.executable)} -m server"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)


def commands() -> list[tuple[str, str]]:
    parts = [part for block in blocks("console") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(line, shown) for line, _, shown in (part.partition("\n") for part in parts)]


def rows(heading: str) -> list[str]:
    """The first cells of the table below that heading, which are `code`."""
    table = DOCUMENT.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)


def test_the_commands_say_what_the_document_shows(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(EXAMPLE.parent)
    environ = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    assert len(commands()) == 4
    for line, shown in commands():
        command = line.replace("busbar", BUSBAR)
        done = subprocess.run(
            command, shell=True, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=100, check=False
        )
        bad = "bad.yaml" in line
        assert done.returncode == (2 if bad else 0), done.stderr
        said = done.stderr if bad else done.stdout
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        assert doctest.OutputChecker().check_output(shown, said, flags), f"{line}\n{said}\nis not\n{shown}"


def test_the_plan_shown_is_the_example() -> None:
    assert EXAMPLE.read_text().endswith(blocks("yaml")[0])
    assert read_plan(EXAMPLE).runs == 30


def test_the_tables_tell_all_there_is() -> None:
    assert rows("key of a plan") == list(KEYS)
    assert rows("field") == list(LAYOUT)
    for line in Line:
        told = re.search(rf"^\| `{line}` \| (.*) \|$", DOCUMENT, re.MULTILINE)
        assert told is not None
        assert re.findall(r"`(\w+)`", told[1]) == [key.stage for key in MACHINES if key.line is line]


def test_the_limits_told_are_those_there_are() -> None:
    assert f"how many each run makes, 1 to {LIMITS.batches}" in DOCUMENT
    assert f"runs of each variant, 1 to {LIMITS.repetitions}" in DOCUMENT
    assert f"{LIMITS.variants} variants and {LIMITS.runs} runs at most" in DOCUMENT
    assert f"holds {LIMITS.cached_runs} runs at most" in DOCUMENT

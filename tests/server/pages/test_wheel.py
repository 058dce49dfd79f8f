"""What is installed has the page that needs no network, wherever it was built before the wheel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from server.pages.assets import BUILT
from tests.together.process import ROOT


def test_the_wheel_has_every_file_of_the_page_and_nothing_that_it_was_built_from(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    (wheel,) = tmp_path.glob("*.whl")
    names = set(ZipFile(wheel).namelist())

    built = {file.name for file in BUILT.iterdir()} if BUILT.is_dir() else set()
    assert {name.rpartition("/")[2] for name in names if name.startswith("server/pages/graphiql/")} == built
    assert "server/pages/page.py" in names
    assert [name for name in names if name.startswith("web/") or "node_modules" in name] == []

"""`make web`: the lock that it installs from, and what it says where it cannot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.together.process import ROOT

WEB = ROOT / "web"
NEEDED = ("sh", "dirname", "echo", "head")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The script as it is run on a machine without Node."""
    tools = folder / "bin"
    tools.mkdir()
    for name in NEEDED:
        (tools / name).symlink_to(shutil.which(name) or name)
    environ = {**os.environ, "PATH": str(tools)}
    command = ["/bin/sh", str(folder / ".ci" / "web"), *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / ".ci").mkdir()
    (tmp_path / "web").mkdir()
    shutil.copy(ROOT / ".ci" / "web", tmp_path / ".ci")
    return tmp_path


def test_without_node_it_says_what_to_do_and_what_is_served_meanwhile(checkout: Path) -> None:
    answer = run(checkout)

    assert answer.returncode == 2
    (line,) = answer.stderr.strip().splitlines()
    for words in ("no Node 20", "Strawberry's page is served", "make web"):
        assert words in line


def test_a_demo_goes_on_without_it(checkout: Path) -> None:
    answer = run(checkout, "--try")

    assert answer.returncode == 0
    assert "make web" in answer.stderr


def test_a_page_that_is_there_stays(checkout: Path) -> None:
    built = checkout / "server" / "pages" / "graphiql" / "index.html"
    built.parent.mkdir(parents=True)
    built.write_text("kept")

    assert "the page of the last time stays" in run(checkout, "--try").stderr
    assert built.read_text() == "kept"


def test_the_lock_names_no_address_and_checks_every_package() -> None:
    assert "omit-lockfile-registry-resolved=true" in (WEB / ".npmrc").read_text().splitlines()
    lock = json.loads((WEB / "package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert len(packages) > 50
    assert [name for name, each in packages.items() if "resolved" in each] == []
    assert [name for name, each in packages.items() if not each.get("integrity", "").startswith("sha512-")] == []


def test_what_is_built_is_not_committed() -> None:
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("this is no checkout, so what git leaves out is NOT tested: run this in one")
    for name in ("server/pages/graphiql/index.html", "web/node_modules/x"):
        ignored = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
        assert ignored.returncode == 0, name

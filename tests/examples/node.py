"""Node and npm, where they are; what they are run on is a copy, so that the tree stays as it is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.together.process import ROOT

OLDEST = 20
INSTALL_S = 150.0
RUN_S = 60.0
UNREACHABLE = re.compile(
    r"\bcode (ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|UNABLE_TO_\w+|"
    r"E40[137]|E429|E5\d\d)\b"
)
"""npm's own words for a registry that does not answer, or not us; a wrong lock has others."""
REACH = "let npm reach its registry"
LEFT_OUT = shutil.ignore_patterns("node_modules", "build", "generated.ts")


INSTALL = f"install Node {OLDEST} or newer with npm"
STARTER = "examples/typescript"


def skip(untested: str, reason: str, remedy: str) -> None:
    pytest.skip(f"{reason}, so {untested} is NOT tested: {remedy}, and run this again")


def need(untested: str) -> None:
    """Skips where there is no Node that will do."""
    if not shutil.which("npm") or not shutil.which("node"):
        skip(untested, "there is no Node here", INSTALL)
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < OLDEST:
        skip(untested, f"Node is {version}", INSTALL)


def starter(folder: Path) -> Path:
    """A copy of examples/typescript with all that its lock names, installed; skips where that cannot be had."""
    need(STARTER)
    shutil.copytree(ROOT / "examples" / "typescript", folder / "examples" / "typescript", ignore=LEFT_OUT)
    (folder / "schema").mkdir()
    shutil.copy(ROOT / "schema" / "schema.graphql", folder / "schema")
    install(folder / "examples" / "typescript", STARTER)
    return folder / "examples" / "typescript"


def install(folder: Path, untested: str) -> None:
    """All that the folder's lock names; skips where npm cannot reach its registry."""
    command = ["npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000"]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False, env=os.environ
        )
    except subprocess.TimeoutExpired:
        skip(untested, f"npm ci took more than {INSTALL_S:.0f} s", REACH)
    if done.returncode and (found := UNREACHABLE.search(done.stderr)):
        skip(untested, f"npm cannot reach its registry ({found[0]})", REACH)
    assert done.returncode == 0, done.stderr


def run(folder: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself, in the copy."""
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=RUN_S,
        check=False,
        env={**os.environ, **environ},
    )

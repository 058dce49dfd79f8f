"""The environment of a published client, made once and kept under .cache: pinned by hash, apart from our own."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.together.process import ROOT

LOCK = Path(__file__).parent / "span-panel-api.lock"
CACHE = ROOT / ".cache" / "interop"
INSTALL_S = 100
MADE = "made"


def python_of_the_published_client() -> Path:
    """The interpreter that has span-panel-api; skips, saying what to do, when the package cannot be had."""
    lock = LOCK.read_bytes()
    folder = CACHE / f"{sys.version_info.major}.{sys.version_info.minor}-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # the workers of one run make it once
        if not (folder / MADE).exists():
            _make(folder)
            (folder / MADE).touch()
    return folder / "venv" / "bin" / "python"


def _make(folder: Path) -> None:
    python = folder / "venv" / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", LOCK)
    for command in ((sys.executable, "-m", "venv", "--clear", folder / "venv"), pip):
        reason = _failure(list(map(str, command)))
        if reason:
            pytest.skip(
                f"span-panel-api==1.1.15 cannot be had, so interop is NOT tested: {reason};"
                " give this machine a package index (PIP_INDEX_URL) and run tests/interop again"
            )


def _failure(command: list[str]) -> str:
    """Why it did not work, in a line; nothing when it did."""
    environ = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    try:
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else (said[-1] if said else f"exit code {done.returncode}")

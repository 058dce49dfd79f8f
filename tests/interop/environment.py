"""Environments of published clients, made once and kept under .cache: pinned by hash, apart from our own."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.together.process import ROOT

LOCKS = Path(__file__).parent
CACHE = ROOT / ".cache" / "interop"
INSTALL_S = 100
MADE = "made"


def environment(lock: str, *releases: str) -> Path:
    """The folder of an environment: `venv` has what `lock` names, a folder each what the locks of `releases` name.

    Skips, saying what to do, when a package cannot be had.
    """
    locks = [LOCKS / f"{name}.lock" for name in (lock, *releases)]
    content = hashlib.sha256(b"".join(path.read_bytes() for path in locks)).hexdigest()[:12]
    folder = CACHE / f"{sys.version_info.major}.{sys.version_info.minor}-{content}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # the workers of one run make it once
        if not (folder / MADE).exists():
            _make(folder, locks)
            (folder / MADE).touch()
    return folder


def python_of(folder: Path) -> Path:
    """Its interpreter."""
    return folder / "venv" / "bin" / "python"


def _make(folder: Path, locks: list[Path]) -> None:
    _run([sys.executable, "-m", "venv", "--clear", folder / "venv"], locks[0])
    _install(folder, locks[0])
    for release in locks[1:]:
        _install(folder, release, "--no-deps", "--target", folder / release.stem)


def _install(folder: Path, lock: Path, *options: str | Path) -> None:
    """By uv, which takes seconds; by pip where uv cannot."""
    python = python_of(folder)
    hashed = ("--quiet", "--require-hashes", *options, "-r", lock)
    if _failure([sys.executable, "-m", "uv", "pip", "install", "--python", python, *hashed]):
        _run([python, "-m", "pip", "install", "--disable-pip-version-check", *hashed], lock)


def _run(command: list[str | Path], lock: Path) -> None:
    reason = _failure(command)
    if reason:
        pytest.skip(
            f"{lock.stem} cannot be had, so interop is NOT tested: {reason};"
            " give this machine a package index (PIP_INDEX_URL) and run tests/interop again"
        )


def _failure(command: list[str | Path]) -> str:
    """Why it did not work, in a line; nothing when it did."""
    environ = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    try:
        done = subprocess.run(
            list(map(str, command)), env=environ, capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else (said[-1] if said else f"exit code {done.returncode}")

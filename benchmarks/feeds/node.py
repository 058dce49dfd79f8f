"""The same feed by servers of other people, in Node; left out, and said so, where there is none."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "peers"
PEERS = ("mercurius", "yoga")


def peers() -> tuple[str, ...]:
    """Those that can be measured here. They are installed from the lock; it is said why, when they are not."""
    if not shutil.which("node") or not shutil.which("npm"):
        return _without("there is no Node here")
    installed = FOLDER / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= (FOLDER / "package-lock.json").stat().st_mtime:
        return PEERS
    command = ["npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    return PEERS if done.returncode == 0 else _without(f"npm ci failed: {done.stderr.strip().splitlines()[-1:]}")


@contextmanager
def peer(name: str) -> Iterator[tuple[int, int]]:
    """The port and process id of one of them."""
    with subprocess.Popen(["node", f"{name}.mjs"], cwd=FOLDER, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout is not None
            yield int(started.stdout.readline()), started.pid
        finally:
            started.terminate()


def _without(reason: str) -> tuple[str, ...]:
    print(f"fan_out: {', '.join(PEERS)} are NOT measured: {reason}", file=sys.stderr)
    return ()

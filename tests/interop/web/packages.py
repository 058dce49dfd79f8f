"""The npm packages that `package-lock.json` names, installed once under .cache, and scripts run with them."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from pathlib import Path

from tests.examples import node
from tests.interop.environment import CACHE, MADE

WEB = Path(__file__).parent
UNTESTED = "tests/interop/web"
PINNED = ("package.json", "package-lock.json", ".npmrc")


def packages() -> Path:
    """The folder `node_modules`; skips, saying what to do, where Node or the packages cannot be had."""
    node.need(UNTESTED)
    content = hashlib.sha256(b"".join((WEB / name).read_bytes() for name in PINNED)).hexdigest()[:12]
    folder = CACHE / f"web-{content}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # the workers of one run make it once
        if not (folder / MADE).exists():
            for name in PINNED:
                shutil.copy(WEB / name, folder)
            node.install(folder, UNTESTED)
            (folder / MADE).touch()
    return folder / "node_modules"


def workshop(folder: Path) -> Path:
    """The folder, with every script of this one and the packages that they import: `node.run(folder, "node", ...)`."""
    for script in WEB.glob("*.mjs"):
        shutil.copy(script, folder)
    (folder / "node_modules").symlink_to(packages())
    return folder

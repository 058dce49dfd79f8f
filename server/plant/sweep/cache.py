"""Runs that were made before, one small file each, found by what they depend on and by nothing else."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from pydantic import BaseModel

import clients.plant
import server.plant
from clients.plant.models import MACHINES
from server.plant.configuration import PlantConfiguration
from server.plant.sweep.run import Result

_OURS = re.compile(r"[0-9a-f]{64}\.(json|\d+\.part)")
LONGEST = 16_384
"""Bytes of a run's file; a longer one is none of ours."""


@cache
def code_version() -> str:
    """Changes with every line that a run executes, and with SimPy's and Python's release."""
    seen = sha256(f"{metadata.version('simpy')} {sys.version_info[:3]}".encode())
    for package in (clients.plant, server.plant):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            seen.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return seen.hexdigest()


def keys_of(configuration: PlantConfiguration, batches: int, seeds: Iterable[int]) -> list[str]:
    """The content hashes of that plant's runs with those seeds: 64 hexadecimal digits each."""
    machines = []
    for key in MACHINES:
        settings = configuration.machines[key]
        parameters = settings.parameters
        said = parameters.model_dump() if isinstance(parameters, BaseModel) else repr(parameters)
        laid = (settings.buffer, settings.units, settings.setup_s, settings.mtbf_s, settings.mttr_s)
        machines.append((key.line, key.stage, said, laid))
    others = (configuration.queue_limit, configuration.remembered)
    plant = sha256(json.dumps([code_version(), machines, others, batches], sort_keys=True).encode())
    return [sha256(plant.digest() + str(seed).encode()).hexdigest() for seed in seeds]


class RunCache:
    """A folder of at most `most` runs, shared by any number of sweeps at a time. It touches no files but its own."""

    def __init__(self, folder: Path, most: int) -> None:
        """Raise OSError where the folder cannot be made or read."""
        self.folder, self.most = folder, most
        folder.mkdir(parents=True, exist_ok=True)
        self._count = sum(1 for _ in self._files())

    def get(self, key: str) -> Result | None:
        """The run, or None: not there, or not whole."""
        path = self._path(key)
        try:
            with path.open("rb") as stream:
                held = json.loads(stream.read(LONGEST))
            if not isinstance(held, dict) or held.pop("run", None) != key:
                return None
            result = Result.read(held)
        except (OSError, ValueError, RecursionError):
            return None
        with suppress(OSError):
            os.utime(path)
        return result

    def put(self, key: str, result: Result) -> None:
        """Keep the run, whole or not at all. OSError where the folder cannot be written."""
        path = self._path(key)
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            part.write_text(json.dumps({"run": key, **result.plain()}))
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        self._count += 1
        if self._count > self.most:
            self._make_room()

    def _make_room(self) -> None:
        """The tenth that was unused for longest goes, so that this is seldom."""
        found = sorted((_used_ns(entry), entry.name) for entry in self._files())
        kept = self.most - self.most // 10
        for _, name in found[: max(0, len(found) - kept)]:
            (self.folder / name).unlink(missing_ok=True)
        self._count = min(len(found), kept)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _files(self) -> Iterator[os.DirEntry[str]]:
        with os.scandir(self.folder) as entries:
            yield from (entry for entry in entries if _OURS.fullmatch(entry.name))


def _used_ns(entry: os.DirEntry[str]) -> int:
    """When the file was last used; 0 where another sweep has just removed it."""
    try:
        return entry.stat().st_mtime_ns
    except OSError:
        return 0

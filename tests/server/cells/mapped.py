"""Which files this process has in its memory."""

from __future__ import annotations

from pathlib import Path

from tests.schema.serving import until


def mapped(folder: Path) -> list[Path]:
    """Those of this folder that are there still, and those that were deleted, by their names from before."""
    lines = (line for line in Path("/proc/self/maps").read_text().splitlines() if f"{folder}/" in line)
    return sorted({Path(line[line.index("/") :].removesuffix(" (deleted)")) for line in lines})


async def until_mapped(folder: Path, *wanted: Path) -> None:
    """Pyarrow's own threads may hold a file a moment longer than whoever read it."""
    await until(lambda: mapped(folder) == sorted(wanted))

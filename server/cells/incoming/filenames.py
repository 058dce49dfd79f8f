"""What files of a measurement may be called."""

from __future__ import annotations

from collections.abc import Sequence

from server.cells.documents.values import name
from server.cells.errors import FieldError


def safe(filenames: Sequence[str], most: int) -> tuple[str, ...]:
    """Names without a path in them, each once. Raises FieldError."""
    if isinstance(filenames, str) or not 0 < len(filenames) <= most:
        raise FieldError("filenames", f"must be a list of 1 to {most} names")
    for index, filename in enumerate(filenames):
        path = f"filenames[{index}]"
        name(path, filename)
        if "/" in filename or "\\" in filename or not filename.strip(". "):
            raise FieldError(path, "must be the name of a file, without a folder")
        if filename in filenames[:index]:
            raise FieldError(path, f"is {filename!r} a second time; name each file differently")
    return tuple(filenames)

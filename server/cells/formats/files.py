"""Files as they lie on a disk, opened so that what was checked is what is read."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from server.cells.formats.errors import FormatError

CHUNK_BYTES = 1 << 20


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; no link, device, pipe or folder. Raises FormatError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise FormatError(f"{str(path)[:300]} cannot be read: {_reason(error)}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FormatError(f"{path} is no regular file; name the file itself")
    return os.fdopen(descriptor, "rb")


def size_of(stream: BinaryIO) -> int:
    """How many bytes the file has."""
    return os.fstat(stream.fileno()).st_size


def sha256_of(stream: BinaryIO) -> str:
    """The file's hash (hex), from its first byte; it is at its first byte again afterwards."""
    stream.seek(0)
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK_BYTES):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):
        return "its name holds a NUL"
    if error.errno == errno.ELOOP:  # what O_NOFOLLOW says
        return "it is a symbolic link; name the file it leads to"
    return error.strerror or str(error)

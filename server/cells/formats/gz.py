"""Compressed text, inflated as it is read and never further than it may grow."""

from __future__ import annotations

import gzip
import zlib
from typing import BinaryIO

from server.cells.formats.errors import FormatError
from server.cells.formats.files import size_of

MAGIC = b"\x1f\x8b"
MAX_RATIO = 200
"""A cycler's text shrinks to a tenth; what shrinks more than this holds no measurement."""
ALWAYS_BYTES = 64_000_000
"""So much is inflated whatever the ratio."""


class Inflating:
    """Reads the text of a gzip file. `read` raises FormatError for what is broken or grows without end."""

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0)
        self._inner = gzip.GzipFile(fileobj=stream, mode="rb")
        self._left = max(ALWAYS_BYTES, size_of(stream) * MAX_RATIO)

    def read(self, count: int) -> bytes:
        """At most so many bytes of the text; none at its end."""
        try:
            text = self._inner.read(count)
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise FormatError(f"the gzip data is broken: {error}") from None
        self._left -= len(text)
        if self._left < 0:
            raise FormatError(f"the gzip data inflates to more than {MAX_RATIO} times its size; unpack it yourself")
        return text

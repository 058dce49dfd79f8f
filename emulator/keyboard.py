"""Single words typed into a running program, where there is a terminal or a pipe to read them from."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping

MAX_TYPED_BYTES = 4096
"""How much is looked at of what was typed at once."""


def standard_input() -> int | None:
    """The descriptor to read from; None for a program that was started without one."""
    try:
        return sys.stdin.fileno()
    except (AttributeError, ValueError, OSError):
        return None


@contextlib.contextmanager
def obeying(
    source: int | None, keys: Mapping[str, Callable[[], None]], *, otherwise: Callable[[], None]
) -> Iterator[None]:
    """Do as the words read from `source` say until the block ends, and `otherwise` at words that are no key."""
    if source is None or _is_background(source):
        yield
        return
    loop = asyncio.get_running_loop()

    def read() -> None:
        typed = b"" if _is_background(source) else os.read(source, MAX_TYPED_BYTES)
        if not typed:
            loop.remove_reader(source)
        for word in typed.decode(errors="replace").lower().split():
            keys.get(word, otherwise)()

    with contextlib.suppress(PermissionError):  # nobody types into a plain file or /dev/null
        loop.add_reader(source, read)
    try:
        yield
    finally:
        loop.remove_reader(source)


def _is_background(source: int) -> bool:
    """Whether the terminal belongs to another job just now: reading from it would stop this one."""
    return os.isatty(source) and os.tcgetpgrp(source) != os.getpgrp()

"""What the C library keeps for each thread that ever asked it for memory."""

from __future__ import annotations

import ctypes
import os

M_ARENA_MAX = -8
"""The number that mallopt(3) of the GNU C library knows the parameter by."""
ARENAS = 2
"""Enough that two threads seldom wait for each other; Python's own small objects are not in them."""
OPERATORS_OWN = "MALLOC_ARENA_MAX"
"""The environment variable by which the operator says it instead."""


def share_arenas() -> None:
    """Let threads share arenas of memory, before the first of them starts. Without the GNU C library, nothing is done.

    It makes eight for each processor otherwise, and gives back little of any: the server's memory would grow by what
    each of its worker threads happened to need at some time.
    """
    if OPERATORS_OWN not in os.environ:
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(M_ARENA_MAX, ARENAS)

"""Why a file cannot be read."""

from __future__ import annotations


class FormatError(Exception):
    """The file is not what it should be: where, what, and what to do next, in one sentence."""

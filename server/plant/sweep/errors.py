"""What can go wrong with a sweep."""

from __future__ import annotations


class PlanError(ValueError):
    """The plan's file cannot be used; one sentence names file, line, key and what is allowed."""


class RunError(RuntimeError):
    """A run did not come to its end, and the sweep with it; one sentence names the variant and the seed."""

"""What the writer has done so far."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Counted by the writer's thread alone, read by anybody. `commit_s` is seconds in commits, commands included."""

    commits: int = 0
    failed_commits: int = 0
    commands: int = 0
    commit_s: float = 0.0
    longest_commit_s: float = 0.0

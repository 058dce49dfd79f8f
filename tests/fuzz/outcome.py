"""What came of a campaign."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

MOST_FINDINGS = 20
SLOWEST = 5


@dataclass
class Outcome:
    """`findings` are what must not be, each with what was sent; `answers` counts by kind and status or close code."""

    sent: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    slowest: list[tuple[float, str]] = field(default_factory=list)

    @property
    def is_hopeless(self) -> bool:
        """Whether there is no use in looking on."""
        return len(self.findings) >= MOST_FINDINGS

    def timed(self, took_s: float, sent: object) -> None:
        """Note how long an answer took; the slowest are kept with what was sent."""
        self.took_s.append(took_s)
        if len(self.slowest) < SLOWEST or took_s > self.slowest[-1][0]:
            self.slowest = sorted([*self.slowest, (took_s, str(sent))], reverse=True)[:SLOWEST]

    def found(self, what: str, sent: object, answered: object = "") -> None:
        """Note what must not be."""
        self.findings.append(f"{what}\n  sent: {sent}\n  answered: {str(answered)[:1000]}")

    def p99_ms(self) -> float:
        """The answer time that one in a hundred took longer than, in ms."""
        return sorted(self.took_s)[int(len(self.took_s) * 0.99)] * 1000 if self.took_s else 0.0

    def growth_mb(self) -> float:
        """How much more memory the last fifth took than the second one: the first is warming up."""
        fifth = len(self.memory_mb) // 5
        if not fifth:
            return 0.0
        return max(self.memory_mb[-fifth:]) - max(self.memory_mb[fifth : 2 * fifth])

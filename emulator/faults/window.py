"""When a fault may strike, in the panel's own time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import NamedTuple

from emulator.configuration.section import Section
from emulator.faults.times import Moment, read_duration, read_moment, resolved


class Span(NamedTuple):
    """From `first` on and before `until`, in ticks; None where there is no such end."""

    first: int
    until: int | None

    def is_open(self, tick: int) -> bool:
        """Whether the fault may strike at `tick`."""
        return self.first <= tick and not self.is_over(tick)

    def is_over(self, tick: int) -> bool:
        """Whether it never will again."""
        return self.until is not None and tick >= self.until


@dataclass(frozen=True, slots=True)
class Window:
    """What was asked for: a beginning (at once unless given), and an end or a length (none: for good)."""

    begins: Moment | None = None
    ends: Moment | None = None
    lasts_s: int | None = None

    def span(self, tick: int, zone: tzinfo) -> Span:
        """What that is for a fault that is added at `tick` to a panel in `zone`."""
        first = tick if self.begins is None else resolved(self.begins, tick, zone)
        if self.lasts_s is not None:
            return Span(first, first + self.lasts_s)
        return Span(first, None if self.ends is None else resolved(self.ends, tick, zone))


def read_window(section: Section) -> Window:
    """The keys `from`, and `to` or `for`."""
    begins, ends, lasts = section.take("from"), section.take("to"), section.take("for")
    if ends is not None and lasts is not None:
        lasts.place.refuse("give to or for, not both")
    window = Window(
        None if begins is None else read_moment(begins),
        None if ends is None else read_moment(ends),
        None if lasts is None else read_duration(lasts),
    )
    if lasts is not None and window.lasts_s == 0:
        lasts.place.refuse("lasts for no time; at least a second")
    return window

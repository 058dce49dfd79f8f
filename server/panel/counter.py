"""One energy counter shown honestly: it never falls, and never leaps beyond what a wire can carry."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.panel.limits import Limits

SECONDS_PER_HOUR = 3600.0


@dataclass(slots=True)
class Doubt:
    """A run of values that do not continue the believed one, but continue each other."""

    first_wh: float
    last_wh: float
    last_at_s: float
    since_s: float
    polls: int = 1


@dataclass(slots=True)
class Counter:
    """`shown_wh` is the last believed raw value + what earlier resets took away (`offset_wh`).

    `raw_at_s` is the panel's own time of the raw value, `seen_s` our monotonic time of reading it (None after a
    restart). A value that falls or leaps is held back. When the values after it go on from there for long enough, the
    counter was reset: the growth since then is added to what was shown.
    """

    raw_wh: float
    raw_at_s: float
    seen_s: float | None
    offset_wh: float = 0.0
    doubt: Doubt | None = None
    shown_wh: float = field(init=False)

    def __post_init__(self) -> None:
        self.shown_wh = self.raw_wh + self.offset_wh

    def read(self, raw_wh: float, at_s: float, now_s: float, limits: Limits) -> float:
        """Take the panel's next value, and answer with the total to show."""
        if raw_wh == self.raw_wh:  # most stand still from one poll to the next
            self.raw_at_s, self.seen_s, self.doubt = at_s, now_s, None
        elif _goes_on(self.raw_wh, raw_wh, self._gap_s(at_s, now_s), limits):
            self._believe(raw_wh, at_s, now_s)
        else:
            self._hold_back(raw_wh, at_s, now_s, limits)
        return self.shown_wh

    def _gap_s(self, at_s: float, now_s: float) -> float:
        by_panel_s = at_s - self.raw_at_s
        return by_panel_s if self.seen_s is None else max(by_panel_s, now_s - self.seen_s)

    def _believe(self, raw_wh: float, at_s: float, now_s: float) -> None:
        self.raw_wh, self.raw_at_s, self.seen_s, self.doubt = raw_wh + 0.0, at_s, now_s, None
        # The sum is rounded: it may come out a hair lower than before.
        self.shown_wh = max(self.shown_wh, self.raw_wh + self.offset_wh)

    def _hold_back(self, raw_wh: float, at_s: float, now_s: float, limits: Limits) -> None:
        doubt = self.doubt
        if doubt is None or not _goes_on(doubt.last_wh, raw_wh, max(at_s - doubt.last_at_s, 0.0), limits):
            self.doubt = Doubt(raw_wh, raw_wh, at_s, now_s)
            return
        doubt.last_wh, doubt.last_at_s, doubt.polls = raw_wh, at_s, doubt.polls + 1
        if doubt.polls >= limits.reset_after_polls and now_s - doubt.since_s >= limits.reset_after_s:
            self.offset_wh = self.shown_wh - doubt.first_wh
            self._believe(raw_wh, at_s, now_s)


def _goes_on(before_wh: float, after_wh: float, gap_s: float, limits: Limits) -> bool:
    most_wh = limits.max_power_w * (max(gap_s, 0.0) + limits.counter_slack_s) / SECONDS_PER_HOUR
    return before_wh <= after_wh <= before_wh + most_wh

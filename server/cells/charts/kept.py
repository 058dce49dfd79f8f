"""Charts as they were answered, for whoever looks again."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from schema.ports import Series, SeriesWish

# One chart that would push out a good part of all others is worked out anew instead.
LARGEST_SHARE = 0.1


class Charts:
    """The charts that were asked for last, `most_numbers` in all. For one thread at a time.

    What is kept can no longer be written to: several answers may be made of it at once.
    """

    def __init__(self, most_numbers: int) -> None:
        self._most_numbers = most_numbers
        self._kept: OrderedDict[tuple[Path, SeriesWish], Series] = OrderedDict()
        self._wishes: dict[Path, set[SeriesWish]] = {}
        self._numbers = 0

    def find(self, overview: Path, wish: SeriesWish) -> Series | None:
        """The chart, if it is kept."""
        found = self._kept.get((overview, wish))
        if found is not None:
            self._kept.move_to_end((overview, wish))
        return found

    def keep(self, overview: Path, wish: SeriesWish, chart: Series) -> None:
        """Keep the chart, and let go of those that were not asked for the longest."""
        numbers = _numbers(chart)
        if numbers > self._most_numbers * LARGEST_SHARE or (overview, wish) in self._kept:
            return
        for column in (chart.time, *chart.columns.values()):
            column.flags.writeable = False
        self._kept[overview, wish] = chart
        self._wishes.setdefault(overview, set()).add(wish)
        self._numbers += numbers
        while self._numbers > self._most_numbers:
            self._drop(*next(iter(self._kept)))

    def forget(self, overview: Path) -> None:
        """Let go of every chart of this overview."""
        for wish in tuple(self._wishes.get(overview, ())):
            self._drop(overview, wish)

    def _drop(self, overview: Path, wish: SeriesWish) -> None:
        self._numbers -= _numbers(self._kept.pop((overview, wish)))
        self._wishes[overview].remove(wish)
        if not self._wishes[overview]:
            del self._wishes[overview]


def _numbers(chart: Series) -> int:
    return len(chart.time) * (1 + len(chart.columns))

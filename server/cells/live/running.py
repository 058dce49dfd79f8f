"""What is remembered of a running test, so that an append need not look back at its rows."""

from __future__ import annotations

import copy
from collections import OrderedDict
from itertools import accumulate
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    import polars as pl

    from server.cells.digest.validation import Checks
    from server.stores.cells import Chunk

LOOSE_CHUNKS = 64
VALUES_IN_A_CHUNK = 1_000_000


class Running:
    """One test. `checks` has seen all of its `row_count` rows; `sizes` are those of its chunks, in order."""

    def __init__(self) -> None:
        self.appending = anyio.Lock()
        self.merging = anyio.Lock()
        self.forget()

    def forget(self) -> None:
        """Back to before the first row."""
        self.columns: tuple[str, ...] = ()
        self.row_count = 0
        self.checks: Checks | None = None
        self.sizes: list[int] = []

    def checked(self, frame: pl.DataFrame) -> Checks:
        """The checks as they are behind these rows; those of this test stay. Raises SeriesError."""
        from server.cells.digest.inspection import Shape  # noqa: PLC0415 (polars is slow to import)
        from server.cells.digest.validation import Checks  # noqa: PLC0415

        names = tuple(frame.columns)
        shape = Shape(rows=0, columns=names, numbers=names, group_rows=(), axis=names[names.index("Time [s]")])
        after = copy.deepcopy(self.checks) if self.checks is not None else Checks(shape, with_sign=False)
        after.take(frame, self.row_count)
        return after

    def grown(self, frame: pl.DataFrame, checks: Checks) -> None:
        """These rows were kept, as a chunk of their own."""
        self.columns, self.checks = tuple(frame.columns), checks
        self.row_count += frame.height
        self.sizes.append(frame.height)

    def replayed(self, chunk: Chunk) -> None:
        """Take up again what was kept before."""
        from server.cells.live.chunks import rows_of  # noqa: PLC0415

        frame = rows_of([chunk])
        self.grown(frame, self.checked(frame))

    def mergeable(self) -> tuple[int, int] | None:
        """The first row and the number of the chunks to merge next, once there are many loose ones.

        Chunks of a million values stay as they are. Of the loose ones behind them, the longest row of them is taken
        whose first is not larger than the rest of it together: so a row is written again a few times only.
        """
        full = VALUES_IN_A_CHUNK // max(1, len(self.columns))
        loose = 0
        while loose < len(self.sizes) and self.sizes[-1 - loose] < full:
            loose += 1
        if loose < LOOSE_CHUNKS:
            return None
        behind = list(accumulate(reversed(self.sizes[-loose:])))
        fitting = [
            count
            for count in range(2, loose + 1)
            if behind[count - 1] <= 2 * full and behind[count - 1] >= 2 * self.sizes[-count]
        ]
        count = max(fitting, default=2)
        return self.row_count - behind[count - 1], count

    def merged(self, first_row: int, count: int) -> None:
        """So many chunks from this row on are one now; others may have come behind them meanwhile."""
        index = [0, *accumulate(self.sizes)].index(first_row)
        self.sizes[index : index + count] = [sum(self.sizes[index : index + count])]


class RunningTests:
    """The tests that were appended to last, at most so many; one that is in use is not forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._tests: OrderedDict[str, Running] = OrderedDict()

    def remembers(self, measurement_id: str) -> bool:
        """Whether it was appended to lately."""
        return measurement_id in self._tests

    def of(self, measurement_id: str) -> Running:
        """The test, blank when it is not remembered."""
        running = self._tests.setdefault(measurement_id, Running())
        self._tests.move_to_end(measurement_id)
        for key in list(self._tests)[: max(0, len(self._tests) - self._most)]:
            if (
                not self._tests[key].appending.locked()
                and not self._tests[key].merging.locked()
                and key != measurement_id
            ):
                del self._tests[key]
        return running

    def drop(self, measurement_id: str) -> None:
        """It is over."""
        self._tests.pop(measurement_id, None)

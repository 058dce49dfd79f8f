"""What is wrong with samples, said so that whoever recorded them can find it."""

from __future__ import annotations


class SeriesError(Exception):
    """These samples cannot be taken. `row` counts from 0 in the whole series; None where no single row is at fault."""

    def __init__(self, message: str, code: str, column: str | None = None, row: int | None = None) -> None:
        super().__init__(message)
        self.code, self.column, self.row = code, column, row

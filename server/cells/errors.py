"""What is wrong with samples and documents, said so that whoever made them can find it."""

from __future__ import annotations


class SeriesError(Exception):
    """These samples cannot be taken. `row` counts from 0 in the whole series; None where no single row is at fault."""

    def __init__(self, message: str, code: str, column: str | None = None, row: int | None = None) -> None:
        super().__init__(message)
        self.code, self.column, self.row = code, column, row


class FieldError(Exception):
    """A field of a document is not what it must be; `field` is its path: `ratings.capacity.value`."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field

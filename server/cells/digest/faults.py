"""Where samples are wrong, and how that is said."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from server.cells.digest.runs import Piece
from server.cells.errors import SeriesError


def first(wrong: NDArray[np.bool_]) -> int | None:
    """Where it is true for the first time."""
    row = int(wrong.argmax())
    return row if wrong[row] else None


def fault_at(piece: Piece, row: int, column: str, what: str, code: str) -> SeriesError:
    """An error that names column and row; `row` counts from the piece's own first."""
    in_series = piece.first_row + row
    return SeriesError(f"{column} {what} (row {in_series:,}, from 0)", code, column, in_series)

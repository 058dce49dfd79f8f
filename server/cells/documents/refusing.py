"""From what is raised to what is answered: the lab's ports refuse, they do not raise."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from schema.cells import refusals
from schema.cells.refusals import CellRefusal
from server.cells.errors import FieldError, SeriesError
from server.stores.blobs import TooLongError, says_full
from server.stores.cells import NameHeldError, RowMissingError
from server.stores.errors import StorageFullError

P = ParamSpec("P")
T = TypeVar("T")

_NOUNS = {"CellSpecification": "cell specification", "CellInstance": "cell instance", "CellMeasurement": "measurement"}


class Refused(Exception):  # noqa: N818 (an answer on its way, not an error)
    """Carries a refusal out of the depth of a method."""

    def __init__(self, refusal: CellRefusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def answered(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T | CellRefusal]]:
    """The method, answering with a refusal where it raises one of the errors that have one; others go through."""

    @wraps(method)
    async def refusing(*args: P.args, **kwargs: P.kwargs) -> T | CellRefusal:
        try:
            return await method(*args, **kwargs)
        except Exception as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            return refusal

    return refusing


def refusal_of(error: Exception) -> CellRefusal | None:
    """What this error means to whoever asked; None for one that nobody expected."""
    for kind, refused in _REFUSALS.items():
        if isinstance(error, kind):
            return refused(error)
    if says_full(error):
        return _full(error)
    return None


def missing(kind: str, row_id: str) -> CellRefusal:
    """There is no such row."""
    message = f"There is no {_NOUNS[kind]} {row_id[:100]!r}; list those there are."
    if kind == "CellSpecification":
        return refusals.CellSpecificationNotFound(message=message, specification_id=row_id)
    if kind == "CellInstance":
        return refusals.CellInstanceNotFound(message=message, instance_id=row_id)
    return refusals.CellMeasurementNotFound(message=message, measurement_id=row_id)


def name_taken(kind: str, name: str, existing_id: str) -> refusals.NameTaken:
    """Another one has the name."""
    message = f"There is a {_NOUNS[kind]} named {name!r} already ({existing_id}); use it, or choose another name."
    return refusals.NameTaken(message=message, kind=kind, name=name, existing_id=existing_id)


def too_large(limit_bytes: int) -> refusals.UploadTooLarge:
    """The file is longer than the server takes."""
    message = f"The file is longer than {limit_bytes:,} bytes; send it in parts, as several measurements."
    return refusals.UploadTooLarge(message=message, limit_bytes=limit_bytes)


def busy(measurement_id: str) -> refusals.MeasurementBusy:
    """Somebody else is at it."""
    message = f"Measurement {measurement_id} is being changed by another request; try again in a moment."
    return refusals.MeasurementBusy(message=message, measurement_id=measurement_id)


def ended(measurement_id: str) -> refusals.MeasurementEnded:
    """It takes no more."""
    message = f"Measurement {measurement_id} is complete and takes no more samples; start another one."
    return refusals.MeasurementEnded(message=message, measurement_id=measurement_id)


def _full(_: Exception) -> refusals.StorageFull:
    return refusals.StorageFull(message="The server's disk is full; nothing was kept. Try again when there is room.")


_REFUSALS: Mapping[type[Exception], Callable[[Any], CellRefusal]] = {
    Refused: lambda error: error.refusal,
    FieldError: lambda error: refusals.InvalidField(message=str(error), field=error.field),
    SeriesError: lambda error: refusals.InvalidSeries(
        message=str(error), code=error.code, column=error.column, row=error.row
    ),
    NameHeldError: lambda error: name_taken(error.kind, error.name, error.existing_id),
    RowMissingError: lambda error: missing(error.kind, error.row_id),
    TooLongError: lambda error: too_large(error.limit_bytes),
    StorageFullError: _full,
}

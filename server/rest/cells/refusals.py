"""Which status and code each refusal of the lab has over HTTP: the one place for it."""

from __future__ import annotations

from dataclasses import fields
from typing import TypeVar

from schema.cells import refusals
from schema.cells.refusals import CellRefusal
from server.rest.answers import CODES, Refused

Noun = TypeVar("Noun")

NOT_IN_DETAIL = ("message", "kind")
STATUSES: dict[type[CellRefusal], tuple[int, str | None]] = {
    refusals.CellSpecificationNotFound: (404, None),
    refusals.CellInstanceNotFound: (404, None),
    refusals.CellMeasurementNotFound: (404, None),
    refusals.UploadNotFound: (404, "UPLOAD_NOT_FOUND"),
    refusals.FileNotFound: (404, None),
    refusals.SeriesMissing: (404, "SERIES_MISSING"),
    refusals.ColumnMissing: (404, "COLUMN_MISSING"),
    # CONFLICT makes clients look for whoever has the name: the other 409 must not be taken for it.
    refusals.NameTaken: (409, "CONFLICT"),
    refusals.CellSpecificationInUse: (409, "IN_USE"),
    refusals.MeasurementEnded: (409, "MEASUREMENT_ENDED"),
    refusals.MeasurementBusy: (409, "MEASUREMENT_BUSY"),
    refusals.AppendOutOfPlace: (409, "APPEND_OUT_OF_PLACE"),
    refusals.UploadTooLarge: (413, None),
    refusals.InvalidField: (422, None),
    refusals.InvalidSeries: (422, "INVALID_SERIES"),
    refusals.StorageFull: (507, None),
    refusals.LimitReached: (507, "LIMIT_REACHED"),
}


def refused(refusal: CellRefusal) -> Refused:
    """The refusal as an error; everything it knows beside its message is in `detail`."""
    status, code = STATUSES[type(refusal)]
    names = [field.name for field in fields(refusal) if field.init and field.name not in NOT_IN_DETAIL]
    detail = {name: getattr(refusal, name) for name in names}
    return Refused(status, refusal.message, detail or None, code or CODES[status])


def granted(outcome: Noun | CellRefusal) -> Noun:
    """What was asked for; raises Refused when the lab said no."""
    if isinstance(outcome, CellRefusal):
        raise refused(outcome)
    return outcome

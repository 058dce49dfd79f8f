"""What the API asks of the lab: specifications, instances, measurements, their samples, and how samples come in.

Where a method answers for several ids at once, an id that names nothing is simply not in the answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification, MeasurementType
from schema.ports.series import Series

if TYPE_CHECKING:
    from schema.cells.refusals import CellRefusal

Noun = TypeVar("Noun", CellSpecification, CellInstance, CellMeasurement)
Fields = Mapping[str, Any]
Table = Mapping[str, Sequence[Any]]
"""Columns of equal length, by name; None where a value is missing. No NaN, no infinity."""


# --- asking ------------------------------------------------------------------------------------------------


class Comparison(StrEnum):
    """How a field is compared. CONTAINS looks for the text as it stands, `%` and all, in upper or lower case."""

    EQUALS = "EQUALS"
    CONTAINS = "CONTAINS"
    ABOVE = "ABOVE"
    BELOW = "BELOW"


@dataclass(frozen=True, slots=True)
class Condition:
    """One field against one value.

    Fields: name, created_at, updated_at, start_time (datetimes), measurement_type, state (RECORDING or COMPLETE),
    project_id, form_factor, manufacturer, batch, batch_id, created_by_email, and the noun's own parent id. Which noun
    has which: the store.
    """

    field: str
    comparison: Comparison
    value: Any


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows, in which order, and how many. `order_by`: name, created_at, updated_at or start_time; ties by id.

    `after` is the place behind a row, as its page told it; `offset` skips rows. `limit` None means all (as many as
    the store may answer at once).
    """

    conditions: tuple[Condition, ...] = ()
    tags_all: tuple[str, ...] = ()
    tags_any: tuple[str, ...] = ()
    order_by: str = "created_at"
    is_descending: bool = False
    limit: int | None = None
    offset: int = 0
    after: str | None = None
    with_total: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Noun]):
    """Rows and, beside each, the place behind it. `total` counts all that meet the conditions, where asked for."""

    items: tuple[Noun, ...]
    places: tuple[str, ...]
    has_more: bool
    total: int | None = None


class Cells(Protocol):
    """The rows. Names are unique by constraint; unknown fields are kept; a field given as None is removed."""

    async def specifications(self, query: Query) -> Page[CellSpecification]:
        """Raises ValueError for a field, order or place that does not exist; so do the next two."""

    async def instances(self, query: Query, specification_ids: Sequence[str] | None = None) -> Page[CellInstance]:
        """All of them, or those of these specifications."""

    async def measurements(self, query: Query, instance_ids: Sequence[str] | None = None) -> Page[CellMeasurement]:
        """All of them, or those of these instances."""

    async def instances_of(self, specification_ids: Sequence[str], query: Query) -> Mapping[str, Page[CellInstance]]:
        """A page for each specification, in one statement."""

    async def measurements_of(self, instance_ids: Sequence[str], query: Query) -> Mapping[str, Page[CellMeasurement]]:
        """A page for each instance, in one statement."""

    async def specifications_by_id(self, ids: Sequence[str]) -> Mapping[str, CellSpecification]:
        """One statement, as are the next two."""

    async def instances_by_id(self, ids: Sequence[str]) -> Mapping[str, CellInstance]:
        """See `specifications_by_id`."""

    async def measurements_by_id(self, ids: Sequence[str]) -> Mapping[str, CellMeasurement]:
        """See `specifications_by_id`."""

    async def create_specification(self, fields: Fields) -> CellSpecification | CellRefusal:
        """`fields` has `name`. Refuses InvalidField, NameTaken."""

    async def update_specification(self, id: str, changes: Fields) -> CellSpecification | CellRefusal:  # noqa: A002
        """Merge the changes: objects key by key, everything else whole. What is not named stays."""

    async def delete_specification(
        self,
        id: str,  # noqa: A002
        *,
        cascade: bool = False,
    ) -> CellSpecification | CellRefusal:
        """Refuses CellSpecificationInUse unless `cascade`, which deletes its instances and their measurements too."""

    async def create_instance(self, specification_id: str, fields: Fields) -> CellInstance | CellRefusal:
        """Refuses CellSpecificationNotFound, InvalidField, NameTaken."""

    async def update_instance(self, id: str, changes: Fields) -> CellInstance | CellRefusal:  # noqa: A002
        """See `update_specification`."""

    async def delete_instance(self, id: str) -> CellInstance | CellRefusal:  # noqa: A002
        """Its measurements go with it."""

    async def create_properties(self, instance_id: str, fields: Fields) -> CellMeasurement | CellRefusal:
        """A PROPERTIES measurement: values without samples, in `fields["properties"]`."""

    async def update_measurement(self, id: str, changes: Fields) -> CellMeasurement | CellRefusal:  # noqa: A002
        """`tags`, `start_time` and `end_time` are checked; samples are not touched."""

    async def delete_measurement(self, id: str) -> CellMeasurement | CellRefusal:  # noqa: A002
        """Its samples and files go with it."""

    async def tags(self) -> Mapping[str, int]:
        """Every tag, and on how many measurements it is."""


# --- samples -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SeriesWish:
    """Which samples: these columns, `start_s` <= `Time [s]` < `end_s`, thinned to at most `max_points` of them."""

    columns: tuple[str, ...]
    start_s: float | None = None
    end_s: float | None = None
    max_points: int = 2000


@dataclass(frozen=True, slots=True)
class Bytes:
    """A file to read while it lies there: it is complete, and is never written again."""

    path: Path
    size: int
    filename: str
    sha256: str | None = None


class Samples(Protocol):
    """What a measurement consists of."""

    async def series(self, ids: Sequence[str], wish: SeriesWish) -> Mapping[str, Series | CellRefusal]:
        """Real samples, lows and highs of each column in sight. Refuses SeriesMissing, ColumnMissing."""

    async def steps(self, ids: Sequence[str]) -> Mapping[str, Table]:
        """The steps of each measurement, columns as in contract and docs; one statement. Empty while recording."""

    async def cycles(self, ids: Sequence[str]) -> Mapping[str, Table]:
        """The cycles, likewise."""

    async def parquet(self, id: str) -> Bytes | CellRefusal:  # noqa: A002
        """The uploaded Parquet file exactly as it came; of a recorded one, the one made of its samples."""

    async def file(self, id: str, filename: str) -> Bytes | CellRefusal:  # noqa: A002
        """A file of a FILE measurement."""


# --- coming in ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UploadTarget:
    """One file that is expected, and the key to put it under."""

    filename: str
    key: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An open upload. No measurement exists before it is confirmed."""

    measurement_id: str
    targets: tuple[UploadTarget, ...]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What an upload became. `file_path` is the key of its samples in the blob store."""

    instance: CellInstance
    measurement: CellMeasurement
    steps_created: int
    file_path: str


class Uploads(Protocol):
    """Whole files, in three steps: open, put, confirm. A refused upload leaves nothing behind."""

    async def open(
        self,
        instance_id: str,
        name: str,
        measurement_type: MeasurementType = MeasurementType.TIME_SERIES,
        filenames: Sequence[str] = (),
    ) -> Uploaded | CellRefusal:
        """Targets `time_series.parquet` and `steps.parquet`, or the named files. Refuses NameTaken already here."""

    async def open_extension(self, measurement_id: str) -> Uploaded | CellRefusal:
        """Target `time_series_extend.parquet`. Refuses MeasurementEnded, MeasurementBusy."""

    async def put(self, key: str, body: AsyncIterator[bytes], declared_bytes: int | None) -> CellRefusal | None:
        """Store what comes. Refuses UploadNotFound for a key that is not open, UploadTooLarge as soon as it is."""

    async def confirm(
        self, measurement_id: str, instance_id: str, fields: Fields, steps: Table | None = None
    ) -> Confirmed | CellRefusal:
        """Check, digest and keep what was put, in one transaction. Refuses InvalidSeries, InvalidField, NameTaken."""

    async def confirm_extension(self, measurement_id: str) -> Confirmed | CellRefusal:
        """Add what was put behind the samples that are there: same columns, later times."""


@dataclass(frozen=True, slots=True)
class Append:
    """Samples of a running test, from `first_row` on; `rows` of them, thinned where asked. `behind` = next row."""

    measurement: CellMeasurement
    first_row: int
    behind: int
    columns: Mapping[str, NDArray[np.float64]]
    is_complete: bool


class Recordings(Protocol):
    """Samples as they are measured. What was answered is on stable storage."""

    async def start(self, instance_id: str, fields: Fields) -> CellMeasurement | CellRefusal:
        """A measurement that is recording."""

    async def append(
        self, measurement_id: str, columns: Table, first_row: int | None = None
    ) -> CellMeasurement | CellRefusal:
        """Rows behind those that are there. With `first_row` a repeated append is recognised and not kept twice.

        Refuses MeasurementEnded, InvalidSeries, AppendOutOfPlace.
        """

    async def finish(self, measurement_id: str, end_time: str | None = None) -> CellMeasurement | CellRefusal:
        """No more samples: its Parquet file, steps, cycles and overview are made."""

    def progress(self, measurement_id: str, after_row: int, max_points: int | None) -> AsyncIterator[Append]:
        """Replay the samples from row `after_row` on, then live, each once and in order; ends when it is complete."""

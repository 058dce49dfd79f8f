"""The port of the lab's store: rows of specifications, instances and measurements, and where their bytes lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification
from schema.ports import NewEvent, Page, Query, Table

Events = Sequence[NewEvent]


class NameHeldError(Exception):
    """Another row of the same parent has this name; nothing was written."""

    def __init__(self, kind: str, name: str, existing_id: str) -> None:
        super().__init__(f"{kind} {existing_id} has the name {name!r} already")
        self.kind, self.name, self.existing_id = kind, name, existing_id


class RowMissingError(Exception):
    """The row to change, or the parent of the row to add, is not there; nothing was written.

    `kind` is the noun's name: CellSpecification, CellInstance or CellMeasurement.
    """

    def __init__(self, kind: str, row_id: str) -> None:
        super().__init__(f"there is no {kind} {row_id}")
        self.kind, self.row_id = kind, row_id


class InUseError(Exception):
    """The specification has instances; nothing was deleted."""

    def __init__(self, instance_count: int) -> None:
        super().__init__(f"it has {instance_count:,} instances")
        self.instance_count = instance_count


class OutOfPlaceError(Exception):
    """The rows do not begin where the kept ones end, or the measurement is not recording; nothing was written."""

    def __init__(self, measurement: CellMeasurement) -> None:
        super().__init__(f"{measurement.id} has {measurement.row_count:,} rows")
        self.measurement = measurement


@dataclass(frozen=True, slots=True)
class Content:
    """The blobs of a time series. Windows are read from `windows_key`: the uploaded file, or a re-chunked copy."""

    samples_key: str
    windows_key: str
    overview_key: str

    @property
    def keys(self) -> frozenset[str]:
        """Each blob once."""
        return frozenset((self.samples_key, self.windows_key, self.overview_key))


@dataclass(frozen=True, slots=True)
class Digest:
    """What was made of a time series when it came in: all that one transaction keeps beside the measurement."""

    content: Content
    steps: Table
    cycles: Table


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of a running test, as they came: `body` is the store's business to keep, the catalogue's to read."""

    first_row: int
    row_count: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Deleted:
    """How many rows went, and the blobs that nothing names any more."""

    specifications: int = 0
    instances: int = 0
    measurements: int = 0
    keys: frozenset[str] = field(default_factory=frozenset)

    def __add__(self, more: Deleted) -> Deleted:
        """Both together."""
        return Deleted(
            self.specifications + more.specifications,
            self.instances + more.instances,
            self.measurements + more.measurements,
            self.keys | more.keys,
        )


class CellStore(Protocol):
    """Each write commits the rows and the events that tell of it in one transaction, on stable storage.

    What is deleted is gone for every reader at once, with all that is below it; a large tree's rows are cleared away
    after that, a slice at a time, so that other writes have their turns.

    Reads are as in `schema.ports.Cells`: one statement each, whatever the breadth.
    """

    async def specifications(self, query: Query) -> Page[CellSpecification]:
        """Conditions: name, created_at, updated_at, project_id, form_factor, manufacturer, created_by_email."""

    async def instances(self, query: Query, specification_ids: Sequence[str] | None = None) -> Page[CellInstance]:
        """Conditions: name, created_at, updated_at, batch, batch_id, created_by_email, form_factor (its spec's)."""

    async def measurements(self, query: Query, instance_ids: Sequence[str] | None = None) -> Page[CellMeasurement]:
        """Conditions: name, created_at, updated_at, start_time, measurement_type, state, created_by_email; and tags."""

    async def instances_of(self, specification_ids: Sequence[str], query: Query) -> Mapping[str, Page[CellInstance]]:
        """A page for each, in one statement; an empty one for an id without any."""

    async def measurements_of(self, instance_ids: Sequence[str], query: Query) -> Mapping[str, Page[CellMeasurement]]:
        """See `instances_of`."""

    async def specifications_by_id(self, ids: Sequence[str]) -> Mapping[str, CellSpecification]:
        """Those that are there."""

    async def instances_by_id(self, ids: Sequence[str]) -> Mapping[str, CellInstance]:
        """Those that are there."""

    async def measurements_by_id(self, ids: Sequence[str]) -> Mapping[str, CellMeasurement]:
        """Those that are there."""

    async def tags(self) -> Mapping[str, int]:
        """Every tag, and on how many measurements it is."""

    async def steps(self, measurement_ids: Sequence[str]) -> Mapping[str, Table]:
        """Those that have any kept."""

    async def cycles(self, measurement_ids: Sequence[str]) -> Mapping[str, Table]:
        """Those that have any kept."""

    async def contents(self, measurement_ids: Sequence[str]) -> Mapping[str, Content]:
        """Where the samples lie of those that have a whole series."""

    async def files(self, measurement_id: str) -> Mapping[str, str]:
        """The keys of a FILE measurement's files, by name."""

    async def keys(self) -> frozenset[str]:
        """Every blob that a row names."""

    async def add_specification(self, specification: CellSpecification, events: Events = ()) -> None:
        """Raises NameHeldError."""

    async def add_instance(self, instance: CellInstance, events: Events = ()) -> None:
        """Raises NameHeldError, RowMissingError."""

    async def add_measurement(
        self,
        measurement: CellMeasurement,
        events: Events = (),
        *,
        digest: Digest | None = None,
        files: Mapping[str, str] | None = None,
    ) -> None:
        """Raises NameHeldError (also for its id), RowMissingError."""

    async def change_specification(
        self, row_id: str, change: Callable[[CellSpecification], CellSpecification], events: Events = ()
    ) -> CellSpecification:
        """What `change` makes of the row as it is now; it may raise to leave all as it was. Same for the next two.

        Raises NameHeldError, RowMissingError.
        """

    async def change_instance(
        self, row_id: str, change: Callable[[CellInstance], CellInstance], events: Events = ()
    ) -> CellInstance:
        """See `change_specification`."""

    async def change_measurement(
        self,
        row_id: str,
        change: Callable[[CellMeasurement], CellMeasurement],
        events: Events = (),
        *,
        digest: Digest | None = None,
    ) -> CellMeasurement:
        """See `change_specification`; with a digest, it replaces what was kept, chunks included."""

    async def delete_specification(self, row_id: str, events: Events = (), *, cascade: bool) -> Deleted:
        """Raises RowMissingError, and InUseError unless `cascade`."""

    async def delete_instance(self, row_id: str, events: Events = ()) -> Deleted:
        """Raises RowMissingError."""

    async def delete_measurement(self, row_id: str, events: Events = ()) -> Deleted:
        """Raises RowMissingError."""

    async def clear_deleted(self) -> None:
        """Clear away what a delete that was cut off has left; the blobs that it named are then nobody's."""

    async def append_chunk(self, measurement_id: str, chunk: Chunk) -> CellMeasurement:
        """Add rows behind those that are there; the measurement's row count grows.

        Raises RowMissingError, and OutOfPlaceError when it is not recording or has another number of rows.
        """

    async def chunks(self, measurement_id: str, first_row: int, at_most: int) -> list[Chunk]:
        """The chunks that have rows from `first_row` on, in order."""

    async def merge_chunks(self, measurement_id: str, merged: Chunk) -> None:
        """Put one chunk in the place of all that lie within its rows."""

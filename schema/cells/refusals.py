"""What a change to the lab answers when the world says no. Each is named like a sentence and says what to do next."""

from __future__ import annotations

import strawberry

from schema.context import Info
from schema.fields import field
from schema.node import Node, write_id


@strawberry.interface(description="Why a change to specifications, instances or measurements was refused.")
class CellRefusal:
    """The shared part of every refusal. Nothing was changed."""

    message: str = strawberry.field(description="Where, what, and what to do next, in one sentence.")


@strawberry.type(description="There is no cell specification with this id.")
class CellSpecificationNotFound(CellRefusal):
    """It was never there, or was deleted."""

    specification_id: str = strawberry.field(description="The id that was asked for.")


@strawberry.type(description="There is no cell instance with this id.")
class CellInstanceNotFound(CellRefusal):
    """It was never there, or was deleted."""

    instance_id: str = strawberry.field(description="The id that was asked for.")


@strawberry.type(description="There is no cell measurement with this id.")
class CellMeasurementNotFound(CellRefusal):
    """It was never there, or was deleted."""

    measurement_id: str = strawberry.field(description="The id that was asked for.")


@strawberry.type(description="A field is missing, of the wrong kind, or out of its range.")
class InvalidField(CellRefusal):
    """The message says what it may be."""

    field: str = strawberry.field(description="Where: `ratings.capacity.value`.")


@strawberry.type(description="Another one has this name already; it is beside this answer.")
class NameTaken(CellRefusal):
    """Specifications are named uniquely in their project, instances in their specification, measurements in theirs."""

    kind: strawberry.Private[str]
    name: str = strawberry.field(description="The name that is taken.")
    existing_id: str = strawberry.field(description="The holder's own id, as the REST face tells it.")

    @field("The holder: a CellSpecification, CellInstance or CellMeasurement; null when it was deleted this moment.")
    async def existing(self, info: Info) -> Node | None:
        """Read when it is asked for."""
        from schema.nodes import find  # noqa: PLC0415 (it knows every type, and this module is read before them)

        (found,) = await find(info, "existing", [write_id(self.kind, self.existing_id)])
        return found


@strawberry.type(description="The specification still has instances; delete them first, or cascade.")
class CellSpecificationInUse(CellRefusal):
    """Deleting it would delete what was measured."""

    specification_id: str = strawberry.field(description="The specification.")
    instance_count: int = strawberry.field(description="How many instances it has.")


@strawberry.type(description="The samples are not what they must be; none of them was kept.")
class InvalidSeries(CellRefusal):
    """See docs/cells.md for every code."""

    code: str = strawberry.field(description="What is wrong, as a stable word: `time_falls`.")
    column: str | None = strawberry.field(default=None, description="The column; null for the file as a whole.")
    row: int | None = strawberry.field(default=None, description="The first such row, from 0; null for whole columns.")


@strawberry.type(description="Nothing was put there, or not in time: open the upload anew.")
class UploadNotFound(CellRefusal):
    """Uploads that are not confirmed are forgotten after a while."""


@strawberry.type(description="The file is longer than the server takes.")
class UploadTooLarge(CellRefusal):
    """What came of it was thrown away."""

    limit_bytes: int = strawberry.field(description="How long it may be.")


@strawberry.type(description="The measurement is complete: it takes no more samples.")
class MeasurementEnded(CellRefusal):
    """It has an end time, or never was recording."""

    measurement_id: str = strawberry.field(description="The measurement.")


@strawberry.type(description="The measurement is being changed by another request; try again in a moment.")
class MeasurementBusy(CellRefusal):
    """One change at a time."""

    measurement_id: str = strawberry.field(description="The measurement.")


@strawberry.type(description="The rows do not follow those that are there.")
class AppendOutOfPlace(CellRefusal):
    """Go on from `expectedRow`: what comes before it is kept already."""

    expected_row: int = strawberry.field(description="How many rows there are, which is the next row's number.")


@strawberry.type(description="The measurement has no samples: it consists of properties or files.")
class SeriesMissing(CellRefusal):
    """Ask for its `fields` or its files."""

    measurement_id: str = strawberry.field(description="The measurement.")


@strawberry.type(description="The measurement has no such column of numbers.")
class ColumnMissing(CellRefusal):
    """`columns` lists those it has."""

    column: str = strawberry.field(description="The column that was asked for.")


@strawberry.type(description="There is no file of this name.")
class FileNotFound(CellRefusal):
    """`filenames` lists those there are."""

    filename: str = strawberry.field(description="The name that was asked for.")


@strawberry.type(description="The server's disk is full; nothing of the change was kept.")
class StorageFull(CellRefusal):
    """Try again when there is room."""


@strawberry.type(description="The lab holds as much of this as its configuration allows.")
class LimitReached(CellRefusal):
    """Delete something, or raise the limit."""

    limit: int = strawberry.field(description="How many there may be.")

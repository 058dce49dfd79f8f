"""Recording a test while it runs: start it, append samples, finish it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias

import strawberry

from schema.cells.columns import Columns
from schema.cells.inputs import CellMeasurementInput
from schema.cells.measurements import CellMeasurement
from schema.cells.mutations.answers import WRITING, changed, shown
from schema.cells.queries import InstanceId, MeasurementId
from schema.cells.refusals import (
    AppendOutOfPlace,
    CellInstanceNotFound,
    CellMeasurementNotFound,
    InvalidField,
    InvalidSeries,
    LimitReached,
    MeasurementBusy,
    MeasurementEnded,
    StorageFull,
)
from schema.context import Info
from schema.errors import BadInputError
from schema.fields import mutation
from schema.node import own_id
from schema.scalars import write_time

StartMeasurementResult: TypeAlias = Annotated[
    CellMeasurement | CellInstanceNotFound | WRITING,
    strawberry.union("StartMeasurementResult", description="The measurement, now recording, or why it is not."),
]
_RUNNING = CellMeasurementNotFound | MeasurementEnded | MeasurementBusy | InvalidSeries | LimitReached | StorageFull
AppendMeasurementResult: TypeAlias = Annotated[
    CellMeasurement | AppendOutOfPlace | _RUNNING,
    strawberry.union("AppendMeasurementResult", description="The measurement with the rows, or why they are not kept."),
]
FinishMeasurementResult: TypeAlias = Annotated[
    CellMeasurement | InvalidField | _RUNNING,
    strawberry.union("FinishMeasurementResult", description="The measurement, now whole, or why it is not."),
]

New = Annotated[CellMeasurementInput, strawberry.argument(description="What is known of it before it begins.")]
FirstRow = Annotated[
    int | None,
    strawberry.argument(
        description="The number that the first of these rows has in the measurement, from 0. With it, an append that "
        "is repeated is recognised and not kept twice; without it the rows go behind those that are there."
    ),
]
NewColumns = Annotated[
    Columns, strawberry.argument(description="The rows, column by column: the same columns in each append.")
]
EndTime = Annotated[
    datetime | None, strawberry.argument(description="When the test ended; by its last sample without it.")
]


@strawberry.type
class RecordingMutations:
    """The part of Mutation that is about running tests."""

    @mutation("Begin a measurement whose samples are appended while they are taken.")
    async def start_measurement(
        self,
        info: Info,
        instance_id: InstanceId,
        input: New,  # noqa: A002 (the argument's name in the graph)
    ) -> StartMeasurementResult:
        """It is RECORDING until `finishMeasurement`."""
        own, recordings = own_id("CellInstance", instance_id), info.context.recordings
        answer: StartMeasurementResult = await changed(
            input, lambda fields: recordings.start(own, fields), CellMeasurement.of
        )
        return answer

    @mutation("Append samples to a running measurement. What was answered is on stable storage.")
    async def append_measurement(
        self,
        info: Info,
        id: MeasurementId,  # noqa: A002 (the argument's name in the graph)
        columns: NewColumns,
        first_row: FirstRow = None,
    ) -> AppendMeasurementResult:
        """Raises BadInputError for a negative row."""
        if first_row is not None and first_row < 0:
            raise BadInputError("firstRow", f"{first_row} is less than 0")
        found = await info.context.recordings.append(own_id("CellMeasurement", id), columns, first_row)
        answer: AppendMeasurementResult = shown(found, CellMeasurement.of)
        return answer

    @mutation("End a running measurement: its Parquet file, steps, cycles and overview are made.")
    async def finish_measurement(
        self,
        info: Info,
        id: MeasurementId,  # noqa: A002 (the argument's name in the graph)
        end_time: EndTime = None,
    ) -> FinishMeasurementResult:
        """It takes no more samples."""
        end = None if end_time is None else write_time(end_time)
        found = await info.context.recordings.finish(own_id("CellMeasurement", id), end)
        answer: FinishMeasurementResult = shown(found, CellMeasurement.of)
        return answer

"""Creating measurements without samples; changing and deleting any."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from schema.cells.inputs import CellMeasurementChanges, CellMeasurementInput
from schema.cells.measurements import CellMeasurement
from schema.cells.mutations.answers import WRITING, changed, shown
from schema.cells.queries import InstanceId, MeasurementId
from schema.cells.refusals import CellInstanceNotFound, CellMeasurementNotFound, MeasurementBusy
from schema.context import Info
from schema.fields import mutation
from schema.node import own_id

CreatePropertiesMeasurementResult: TypeAlias = Annotated[
    CellMeasurement | CellInstanceNotFound | WRITING,
    strawberry.union("CreatePropertiesMeasurementResult", description="The measurement, or why it was not created."),
]
UpdateCellMeasurementResult: TypeAlias = Annotated[
    CellMeasurement | CellMeasurementNotFound | MeasurementBusy | WRITING,
    strawberry.union("UpdateCellMeasurementResult", description="The measurement, or why it was not changed."),
]
DeleteCellMeasurementResult: TypeAlias = Annotated[
    CellMeasurement | CellMeasurementNotFound | MeasurementBusy,
    strawberry.union(
        "DeleteCellMeasurementResult", description="The measurement as it was, or why it was not deleted."
    ),
]

New = Annotated[
    CellMeasurementInput, strawberry.argument(description="What it shall be; its values are in `properties`.")
]
Changes = Annotated[CellMeasurementChanges, strawberry.argument(description="What shall change.")]


@strawberry.type
class MeasurementMutations:
    """The part of Mutation that is about measurements as a whole."""

    @mutation("Create a measurement that consists of values without samples: a PROPERTIES measurement.")
    async def create_properties_measurement(
        self,
        info: Info,
        instance_id: InstanceId,
        input: New,  # noqa: A002 (the argument's name in the graph)
    ) -> CreatePropertiesMeasurementResult:
        """Its values are in `input.properties`."""
        own, cells = own_id("CellInstance", instance_id), info.context.cells
        answer: CreatePropertiesMeasurementResult = await changed(
            input, lambda fields: cells.create_properties(own, fields), CellMeasurement.of
        )
        return answer

    @mutation("Change what is known of a measurement: only what is given changes, and null removes.")
    async def update_cell_measurement(
        self,
        info: Info,
        id: MeasurementId,  # noqa: A002 (the argument's name in the graph)
        changes: Changes,
    ) -> UpdateCellMeasurementResult:
        """Samples are not touched."""
        own, cells = own_id("CellMeasurement", id), info.context.cells
        answer: UpdateCellMeasurementResult = await changed(
            changes, lambda fields: cells.update_measurement(own, fields), CellMeasurement.of
        )
        return answer

    @mutation("Delete a measurement, and its samples and files with it.")
    async def delete_cell_measurement(
        self,
        info: Info,
        id: MeasurementId,  # noqa: A002 (the argument's name in the graph)
    ) -> DeleteCellMeasurementResult:
        """Answers with what was deleted, so that client caches can drop it by `id`."""
        found = await info.context.cells.delete_measurement(own_id("CellMeasurement", id))
        answer: DeleteCellMeasurementResult = shown(found, CellMeasurement.of)
        return answer

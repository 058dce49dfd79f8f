"""Creating, changing and deleting specifications."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from schema.cells.inputs import CellSpecificationChanges, CellSpecificationInput
from schema.cells.mutations.answers import WRITING, changed, shown
from schema.cells.queries import SpecificationId
from schema.cells.refusals import CellSpecificationInUse, CellSpecificationNotFound
from schema.cells.specifications import CellSpecification
from schema.context import Info
from schema.fields import mutation
from schema.node import own_id

CreateCellSpecificationResult: TypeAlias = Annotated[
    CellSpecification | WRITING,
    strawberry.union("CreateCellSpecificationResult", description="The specification, or why it was not created."),
]
UpdateCellSpecificationResult: TypeAlias = Annotated[
    CellSpecification | CellSpecificationNotFound | WRITING,
    strawberry.union("UpdateCellSpecificationResult", description="The specification, or why it was not changed."),
]
DeleteCellSpecificationResult: TypeAlias = Annotated[
    CellSpecification | CellSpecificationNotFound | CellSpecificationInUse,
    strawberry.union(
        "DeleteCellSpecificationResult", description="The specification as it was, or why it was not deleted."
    ),
]

New = Annotated[CellSpecificationInput, strawberry.argument(description="What it shall be.")]
Changes = Annotated[CellSpecificationChanges, strawberry.argument(description="What shall change.")]
Cascade = Annotated[
    bool, strawberry.argument(description="Whether its instances and all their measurements may go with it.")
]


@strawberry.type
class SpecificationMutations:
    """The part of Mutation that is about specifications."""

    @mutation("Create a specification.")
    async def create_cell_specification(
        self,
        info: Info,
        input: New,  # noqa: A002 (the argument's name in the graph)
    ) -> CreateCellSpecificationResult:
        """Refused when the name is taken in its project."""
        answer: CreateCellSpecificationResult = await changed(
            input, info.context.cells.create_specification, CellSpecification.of
        )
        return answer

    @mutation("Change a specification: only what is given changes, and null removes.")
    async def update_cell_specification(
        self,
        info: Info,
        id: SpecificationId,  # noqa: A002 (the argument's name in the graph)
        changes: Changes,
    ) -> UpdateCellSpecificationResult:
        """Objects are merged key by key."""
        own, cells = own_id("CellSpecification", id), info.context.cells
        answer: UpdateCellSpecificationResult = await changed(
            changes, lambda fields: cells.update_specification(own, fields), CellSpecification.of
        )
        return answer

    @mutation("Delete a specification; it is refused while it has instances, unless `cascade` is true.")
    async def delete_cell_specification(
        self,
        info: Info,
        id: SpecificationId,  # noqa: A002 (the argument's name in the graph)
        cascade: Cascade = False,  # noqa: FBT002 (the argument's default in the graph)
    ) -> DeleteCellSpecificationResult:
        """Answers with what was deleted, so that client caches can drop it by `id`."""
        found = await info.context.cells.delete_specification(own_id("CellSpecification", id), cascade=cascade)
        answer: DeleteCellSpecificationResult = shown(found, CellSpecification.of)
        return answer

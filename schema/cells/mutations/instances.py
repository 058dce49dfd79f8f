"""Creating, changing and deleting instances."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import strawberry

from schema.cells.inputs import CellInstanceChanges, CellInstanceInput
from schema.cells.instances import CellInstance, find_instances
from schema.cells.mutations.answers import WRITING, changed, shown
from schema.cells.queries import InstanceId, SpecificationId
from schema.cells.refusals import CellInstanceNotFound, CellSpecificationNotFound, NameTaken
from schema.context import Info
from schema.fields import mutation
from schema.node import own_id

ATTEMPTS = 3  # a holder of the name may be deleted between the refusal and the look at it


@strawberry.type(description="An instance that is there now, whoever created it.")
class CreatedOrGotCellInstance:
    """When it was there already, what was given beside its name was not looked at."""

    instance: CellInstance = strawberry.field(description="The instance of this name.")
    is_new: bool = strawberry.field(description="Whether this request created it.")


CreateCellInstanceResult: TypeAlias = Annotated[
    CellInstance | CellSpecificationNotFound | WRITING,
    strawberry.union("CreateCellInstanceResult", description="The instance, or why it was not created."),
]
CreateOrGetCellInstanceResult: TypeAlias = Annotated[
    CreatedOrGotCellInstance | CellSpecificationNotFound | WRITING,
    strawberry.union("CreateOrGetCellInstanceResult", description="The instance, or why it was not created."),
]
UpdateCellInstanceResult: TypeAlias = Annotated[
    CellInstance | CellInstanceNotFound | WRITING,
    strawberry.union("UpdateCellInstanceResult", description="The instance, or why it was not changed."),
]
DeleteCellInstanceResult: TypeAlias = Annotated[
    CellInstance | CellInstanceNotFound,
    strawberry.union("DeleteCellInstanceResult", description="The instance as it was, or why it was not deleted."),
]

New = Annotated[CellInstanceInput, strawberry.argument(description="What it shall be.")]
Changes = Annotated[CellInstanceChanges, strawberry.argument(description="What shall change.")]


@strawberry.type
class InstanceMutations:
    """The part of Mutation that is about instances."""

    @mutation("Create an instance of a specification.")
    async def create_cell_instance(
        self,
        info: Info,
        specification_id: SpecificationId,
        input: New,  # noqa: A002 (the argument's name in the graph)
    ) -> CreateCellInstanceResult:
        """Refused when the name is taken in the specification."""
        answer: CreateCellInstanceResult = await _created(info, specification_id, input)
        return answer

    @mutation("Create an instance, or get the one that has the name already. Safe to repeat, also at the same time.")
    async def create_or_get_cell_instance(
        self,
        info: Info,
        specification_id: SpecificationId,
        input: New,  # noqa: A002 (the argument's name in the graph)
    ) -> CreateOrGetCellInstanceResult:
        """The one that is there is not changed."""
        for _ in range(ATTEMPTS):
            answer = await _created(info, specification_id, input)
            if isinstance(answer, CellInstance):
                answer = CreatedOrGotCellInstance(instance=answer, is_new=True)
            elif isinstance(answer, NameTaken):
                (found,) = await find_instances(info, [answer.existing_id])
                if found is None:
                    continue
                answer = CreatedOrGotCellInstance(instance=found, is_new=False)
            break
        result: CreateOrGetCellInstanceResult = answer
        return result

    @mutation("Change an instance: only what is given changes, and null removes.")
    async def update_cell_instance(
        self,
        info: Info,
        id: InstanceId,  # noqa: A002 (the argument's name in the graph)
        changes: Changes,
    ) -> UpdateCellInstanceResult:
        """Objects are merged key by key."""
        own, cells = own_id("CellInstance", id), info.context.cells
        answer: UpdateCellInstanceResult = await changed(
            changes, lambda fields: cells.update_instance(own, fields), CellInstance.of
        )
        return answer

    @mutation("Delete an instance, and its measurements with it.")
    async def delete_cell_instance(
        self,
        info: Info,
        id: InstanceId,  # noqa: A002 (the argument's name in the graph)
    ) -> DeleteCellInstanceResult:
        """Answers with what was deleted, so that client caches can drop it by `id`."""
        found = await info.context.cells.delete_instance(own_id("CellInstance", id))
        answer: DeleteCellInstanceResult = shown(found, CellInstance.of)
        return answer


async def _created(info: Info, specification_id: str, given: CellInstanceInput) -> Any:  # noqa: ANN401 (see `changed`)
    own, cells = own_id("CellSpecification", specification_id), info.context.cells
    return await changed(given, lambda fields: cells.create_instance(own, fields), CellInstance.of)

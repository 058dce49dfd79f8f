"""Cells as they are designed."""

from __future__ import annotations

from typing import TypeAlias

from clients.cells import wire
from clients.cells.bodies import object_body
from clients.cells.errors import CellsConflictError
from clients.cells.frames import Frame
from clients.cells.models import CellSpecification
from clients.cells.operations import Operation, Request, ask, operation
from clients.cells.room import Data, Pages, Room, created, holder, path

ALL = "/cell_specifications"
LEGACY_KEY = "existing_cell_specification_id"
Specifications: TypeAlias = list[CellSpecification]


class SpecificationRoom(Room[Frame]):
    """Every method raises CellsError, and ValueError for arguments that can never be right."""

    @operation
    def get(self, cell_spec_id: str) -> Operation[CellSpecification]:
        """One specification."""
        return wire.specification((yield from ask(Request("GET", ALL + path(cell_spec_id)))))

    @operation
    def list(self, *, full: bool = False) -> Operation[Specifications]:
        """All of them, however many pages that are; `full` with their nested components."""
        return (yield from Pages(ALL, wire.specification, {"full": "true"} if full else {}).all())

    @operation
    def create(self, data: Data) -> Operation[CellSpecification]:
        """A new one; `data` has `name`. CellsConflictError when that is taken."""
        return (yield from created(ALL, data, wire.specification))

    @operation
    def create_or_get(self, data: Data) -> Operation[CellSpecification]:
        """A new one, or the one that has its name already, as it is: then the rest of `data` is dropped."""
        try:
            return (yield from self.create(data))
        except CellsConflictError as conflict:
            return (yield from holder(conflict, data, self.get, Pages(ALL, wire.specification), LEGACY_KEY))

    @operation
    def update(self, cell_spec_id: str, data: Data) -> Operation[CellSpecification]:
        """Change the fields that `data` has; the others stay."""
        request = Request("PUT", ALL + path(cell_spec_id), body=object_body(data))
        return wire.specification((yield from ask(request)))

    @operation
    def delete(self, cell_spec_id: str, *, cascade: bool = False) -> Operation[None]:
        """Refused with 409 while it has instances, unless `cascade`: then they go too, with what was measured."""
        yield from ask(Request("DELETE", ALL + path(cell_spec_id), {"cascade": "true"} if cascade else {}))

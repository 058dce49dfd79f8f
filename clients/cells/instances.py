"""Cells as they are built."""

from __future__ import annotations

from typing import TypeAlias

from clients.cells import wire
from clients.cells.bodies import object_body
from clients.cells.details import CellInstanceDetail, Wanted, has_samples, instance_detail, parts_of
from clients.cells.errors import CellsConflictError, CellsError
from clients.cells.frames import Frame
from clients.cells.measurements import all_of
from clients.cells.models import CellInstance
from clients.cells.operations import Operation, Request, alongside, ask, operation, together
from clients.cells.room import Data, Pages, Room, created, holder, path

LEGACY_KEY = "existing_cell_instance_id"
Instances: TypeAlias = list[CellInstance]


class InstanceRoom(Room[Frame]):
    """Every method raises CellsError, and ValueError for arguments that can never be right."""

    @operation
    def get(self, cell_instance_id: str) -> Operation[CellInstance]:
        """One cell."""
        return wire.instance((yield from ask(Request("GET", _one(cell_instance_id)))))

    @operation
    def list(self, cell_spec_id: str) -> Operation[Instances]:
        """All cells of the specification, however many pages that are."""
        return (yield from Pages(_all_of(cell_spec_id), wire.instance).all())

    @operation
    def create(self, cell_spec_id: str, data: Data) -> Operation[CellInstance]:
        """A new one; `data` has `name`. CellsConflictError when that is taken."""
        return (yield from created(_all_of(cell_spec_id), data, wire.instance))

    @operation
    def create_or_get(self, cell_spec_id: str, data: Data) -> Operation[CellInstance]:
        """A new one, or the one that has its name already, as it is: then the rest of `data` is dropped."""
        try:
            return (yield from self.create(cell_spec_id, data))
        except CellsConflictError as conflict:
            pages = Pages(_all_of(cell_spec_id), wire.instance)
            return (yield from holder(conflict, data, self.get, pages, LEGACY_KEY))

    @operation
    def update(self, cell_instance_id: str, data: Data) -> Operation[CellInstance]:
        """Change the fields that `data` has; the others stay."""
        return wire.instance((yield from ask(Request("PUT", _one(cell_instance_id), body=object_body(data)))))

    @operation
    def delete(self, cell_instance_id: str) -> Operation[None]:
        """Its measurements go with it."""
        yield from ask(Request("DELETE", _one(cell_instance_id)))

    @operation
    def detail(
        self,
        cell_instance_id: str,
        include_steps: bool = True,  # noqa: FBT001, FBT002 - the published signature
        include_cycles: bool = True,  # noqa: FBT001, FBT002
        include_time_series: bool = True,  # noqa: FBT001, FBT002
    ) -> Operation[CellInstanceDetail[Frame]]:
        """The cell and all its measurements, several fetched at a time; parts that are not wanted are None.

        Raises CellsDetailError when parts fail, which has everything that arrived.
        """
        wanted = Wanted(steps=include_steps, cycles=include_cycles, time_series=include_time_series)
        pages = Pages(all_of(cell_instance_id), wire.measurement)
        instance, (measurements,) = yield from alongside(self.get(cell_instance_id), [pages.all()])
        if isinstance(measurements, CellsError):
            raise measurements
        parts = [parts_of(self._frames, each.id, wanted) if has_samples(each) else [] for each in measurements]
        outcomes = yield from together([part.operation for its_parts in parts for part in its_parts])
        return instance_detail(instance, measurements, parts, outcomes)


def _one(cell_instance_id: str) -> str:
    return "/cell_instances" + path(cell_instance_id)


def _all_of(cell_spec_id: str) -> str:
    return f"/cell_specifications{path(cell_spec_id)}/cell_instances"

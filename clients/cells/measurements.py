"""Tests of cells."""

from __future__ import annotations

from typing import TypeAlias

from clients.cells import series, wire
from clients.cells.bodies import object_body
from clients.cells.details import CellMeasurementDetail, Wanted, complete, measurement_detail, parts_of
from clients.cells.errors import CellsConflictError
from clients.cells.frames import Frame, Table
from clients.cells.models import CellInstance, CellMeasurement, MeasurementType
from clients.cells.operations import Operation, Request, alongside, ask, operation
from clients.cells.room import Data, Pages, Room, created, holder, path
from clients.cells.series import StepsAndCycles
from clients.cells.uploads import UploadedMeasurement, extended, uploaded

Measurements: TypeAlias = list[CellMeasurement]


class MeasurementRoom(Room[Frame]):
    """Every method raises CellsError, and ValueError for arguments that can never be right."""

    @operation
    def get(self, cell_measurement_id: str) -> Operation[CellMeasurement]:
        """One measurement, without its samples."""
        return wire.measurement((yield from ask(Request("GET", _one(cell_measurement_id)))))

    @operation
    def list(self, cell_instance_id: str) -> Operation[Measurements]:
        """All measurements of the cell, however many pages that are."""
        return (yield from Pages(all_of(cell_instance_id), wire.measurement).all())

    @operation
    def update(self, cell_measurement_id: str, data: Data) -> Operation[CellMeasurement]:
        """Change the fields that `data` has; the others, and the samples, stay."""
        return wire.measurement((yield from ask(Request("PUT", _one(cell_measurement_id), body=object_body(data)))))

    @operation
    def delete(self, cell_measurement_id: str) -> Operation[None]:
        """Its samples and files go with it."""
        yield from ask(Request("DELETE", _one(cell_measurement_id)))

    # --- new ones ---

    @operation
    def create(
        self, cell_instance_id: str, data: Data, time_series: Table, steps: Table | None = None
    ) -> Operation[CellMeasurement]:
        """A new one with samples; `data` has `name`. CellsConflictError when that is taken.

        `time_series` is a frame, columns as lists, or the path of a Parquet file, which is read while it is sent.
        The server works the steps out where none are given. It checks the samples; CellsInvalidError names column
        and row, and nothing is kept then.
        """
        return (yield from uploaded(self._frames, cell_instance_id, data, time_series, steps)).measurement

    @operation
    def upload(
        self, cell_instance_id: str, data: Data, time_series: Table, steps: Table | None = None
    ) -> Operation[UploadedMeasurement]:
        """The same, and what became of it."""
        return (yield from uploaded(self._frames, cell_instance_id, data, time_series, steps))

    @operation
    def create_or_get(
        self, cell_instance_id: str, data: Data, time_series: Table, steps: Table | None = None
    ) -> Operation[CellMeasurement]:
        """A new one, or the one that has its name already, as it is: then what is given here is dropped."""
        try:
            return (yield from self.create(cell_instance_id, data, time_series, steps))
        except CellsConflictError as conflict:
            return (yield from holder(conflict, data, self.get, Pages(all_of(cell_instance_id), wire.measurement)))

    @operation
    def create_properties(self, cell_instance_id: str, data: Data) -> Operation[CellMeasurement]:
        """A new one without samples; `data` has `name`, and the values in `properties`."""
        typed = {**data, "measurement_type": MeasurementType.PROPERTIES.value}
        return (yield from created(f"{all_of(cell_instance_id)}/create", typed, wire.measurement))

    @operation
    def extend(self, cell_measurement_id: str, time_series: Table) -> Operation[CellMeasurement]:
        """Add samples behind those that are there: the same columns, later times. Only while it has no `end_time`."""
        return (yield from extended(self._frames, cell_measurement_id, time_series))

    # --- what they consist of ---

    @operation
    def steps(self, cell_measurement_id: str) -> Operation[Frame]:
        """One row for each step."""
        return (yield from series.steps(self._frames, cell_measurement_id))

    @operation
    def cycles(self, cell_measurement_id: str) -> Operation[Frame]:
        """One row for each cycle."""
        return (yield from series.cycles(self._frames, cell_measurement_id))

    @operation
    def steps_and_cycles(self, cell_measurement_id: str) -> Operation[StepsAndCycles[Frame]]:
        """Both, in one request."""
        return (yield from series.steps_and_cycles(self._frames, cell_measurement_id))

    @operation
    def time_series(self, cell_measurement_id: str) -> Operation[Frame]:
        """Every sample, as it was uploaded. Current in A, positive = discharge."""
        return (yield from series.time_series(self._frames, cell_measurement_id))

    @operation
    def signed_url(self, cell_measurement_id: str) -> Operation[str]:
        """Where its Parquet file can be fetched for a while, by anybody who has this address."""
        return (yield from series.signed_url(cell_measurement_id))

    @operation
    def detail(
        self,
        cell_measurement_id: str,
        include_steps: bool = True,  # noqa: FBT001, FBT002 - as `CellInstanceClient.detail`
        include_cycles: bool = True,  # noqa: FBT001, FBT002
        include_time_series: bool = True,  # noqa: FBT001, FBT002
    ) -> Operation[CellMeasurementDetail[Frame]]:
        """The measurement and its tables, several fetched at a time; what is not wanted is None.

        Raises CellsDetailError when parts fail, which has everything that arrived.
        """
        wanted = Wanted(steps=include_steps, cycles=include_cycles, time_series=include_time_series)
        parts = parts_of(self._frames, cell_measurement_id, wanted)
        tables = [part.operation for part in parts]
        (measurement, instance), outcomes = yield from alongside(_with_instance(cell_measurement_id), tables)
        detail, failures = measurement_detail(measurement, instance.cell_specification_id, parts, outcomes)
        return complete(detail, failures)


def all_of(cell_instance_id: str) -> str:
    """Where the measurements of a cell are."""
    return f"/cell_instances{path(cell_instance_id)}/cell_measurements"


def _one(cell_measurement_id: str) -> str:
    return "/cell_measurements" + path(cell_measurement_id)


def _with_instance(cell_measurement_id: str) -> Operation[tuple[CellMeasurement, CellInstance]]:
    measurement = wire.measurement((yield from ask(Request("GET", _one(cell_measurement_id)))))
    where = "/cell_instances" + path(measurement.cell_instance_id)
    return measurement, wire.instance((yield from ask(Request("GET", where))))

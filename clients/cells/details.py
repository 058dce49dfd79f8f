"""Cells and measurements with all that belongs to them, put together of parts that are fetched several at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from clients.cells.errors import CellsDetailError, CellsError, PartFailure
from clients.cells.frames import Frame, Frame_co, Frames
from clients.cells.models import CellInstance, CellMeasurement, MeasurementType
from clients.cells.operations import Operation
from clients.cells.series import cycles, steps, steps_and_cycles, time_series

if TYPE_CHECKING:
    from clients.cells.frames import AnyFrame

Tables = dict[str, Frame]


@dataclass(frozen=True, slots=True)
class CellMeasurementDetail(Generic[Frame_co]):
    """A measurement and its tables; None for what was not asked for, or is not there (properties have no samples)."""

    measurement: CellMeasurement
    specification_id: str | None
    steps: Frame_co | None
    cycles: Frame_co | None
    time_series: Frame_co | None


@dataclass(frozen=True, slots=True)
class CellInstanceDetail(Generic[Frame_co]):
    """A cell and its measurements, in the order of the server's list."""

    instance: CellInstance
    specification_id: str
    measurements: list[CellMeasurementDetail[Frame_co]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tables."""

    steps: bool
    cycles: bool
    time_series: bool


@dataclass(frozen=True, slots=True)
class Part(Generic[Frame]):
    """One request's worth of a measurement's tables, by name."""

    name: str
    operation: Operation[Tables[Frame]]


def parts_of(frames: Frames[Frame], measurement_id: str, wanted: Wanted) -> list[Part[Frame]]:
    """The parts of one measurement, none for what is not wanted."""
    parts: list[Part[Frame]] = []
    if wanted.steps and wanted.cycles:
        parts.append(Part("steps and cycles", _both(frames, measurement_id)))
    elif wanted.steps:
        parts.append(Part("steps", _named("steps", steps(frames, measurement_id))))
    elif wanted.cycles:
        parts.append(Part("cycles", _named("cycles", cycles(frames, measurement_id))))
    if wanted.time_series:
        parts.append(Part("time series", _named("time_series", time_series(frames, measurement_id))))
    return parts


def measurement_detail(
    measurement: CellMeasurement,
    specification_id: str | None,
    parts: Sequence[Part[Frame]],
    outcomes: Sequence[Tables[Frame] | CellsError],
) -> tuple[CellMeasurementDetail[Frame], list[PartFailure]]:
    """What arrived, and what did not."""
    tables: Tables[Frame] = {}
    failures = []
    for part, outcome in zip(parts, outcomes, strict=True) if has_samples(measurement) else ():
        if not isinstance(outcome, CellsError):
            tables |= outcome
        elif not _has_none(measurement, outcome):
            failures.append(PartFailure(measurement.id, measurement.name, part.name, outcome))
    detail = CellMeasurementDetail(
        measurement, specification_id, tables.get("steps"), tables.get("cycles"), tables.get("time_series")
    )
    return detail, failures


def instance_detail(
    instance: CellInstance,
    measurements: Sequence[CellMeasurement],
    parts: Sequence[Sequence[Part[Frame]]],
    outcomes: Sequence[Tables[Frame] | CellsError],
) -> CellInstanceDetail[Frame]:
    """Everything, in order. `outcomes` are those of all parts, one after another. Raises CellsDetailError."""
    left, details, failures = iter(outcomes), [], []
    for measurement, its_parts in zip(measurements, parts, strict=True):
        its_outcomes = [next(left) for _ in its_parts]
        detail, failed = measurement_detail(measurement, instance.cell_specification_id, its_parts, its_outcomes)
        details.append(detail)
        failures += failed
    return complete(CellInstanceDetail(instance, instance.cell_specification_id, details), failures)


Finished = TypeVar("Finished")


def complete(detail: Finished, failures: Sequence[PartFailure]) -> Finished:
    """The detail, if nothing failed; else raises CellsDetailError with it."""
    if not failures:
        return detail
    finished = cast("CellInstanceDetail[AnyFrame] | CellMeasurementDetail[AnyFrame]", detail)
    raise CellsDetailError(tuple(failures), finished) from failures[0].error


def has_samples(measurement: CellMeasurement) -> bool:
    """Whether there may be tables at all."""
    return measurement.measurement_type is MeasurementType.TIME_SERIES


def _has_none(measurement: CellMeasurement, error: CellsError) -> bool:
    """Whether a 404 only says that a running test has no samples yet."""
    return measurement.is_recording and error.status_code == HTTPStatus.NOT_FOUND


def _named(name: str, made: Operation[Frame]) -> Operation[Tables[Frame]]:
    return {name: (yield from made)}


def _both(frames: Frames[Frame], measurement_id: str) -> Operation[Tables[Frame]]:
    found = yield from steps_and_cycles(frames, measurement_id)
    return {"steps": found.steps, "cycles": found.cycles}

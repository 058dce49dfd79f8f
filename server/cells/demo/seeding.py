"""The demo's lab: three designs, eight cells, thirty tests, made by our own model and nothing else.

The same bytes each time: each cell has dice of its own, thrown from `SEED` and its place in the list.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clients.cells.models import TIME, CellInstance, CellSpecification
from schema import ports
from schema.cells.refusals import CellRefusal, NameTaken
from server.cells.demo.model import LCO, LFP, NMC811, Cell, Chemistry
from server.cells.demo.protocols import Columns, Cycler, Protocol, ageing, ageing_of, formation, pulses, rate_test
from server.cells.lab import Lab
from server.threads import in_thread

SEED = 4
MILLION = 1_000_000
FIRST_TEST_AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
BETWEEN_TESTS = timedelta(hours=2)
SPREAD_OF_CAPACITY = 0.01
CITATION = (
    "Equivalent circuit after G. L. Plett, Journal of Power Sources 134 (2004) 262-276; calculated, not measured."
)


class DemoDataError(Exception):
    """The lab would not take the demo's data; says what and why."""


@dataclass(frozen=True, slots=True)
class Design:
    """A specification, how its cells are named, and how many there are."""

    name: str
    form_factor: str
    code: str
    nominal_v: float
    chemistry: Chemistry
    cells: int


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """One measurement: a protocol, and how many of its rows are kept."""

    name: str
    tag: str
    protocol: Protocol
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many measurements were added, and how many were there already."""

    added: int
    present: int


DESIGNS = (
    Design("Demo LFP 26650, 2.5 Ah", "R26650", "LFP", 3.3, LFP, 3),
    Design("Demo NMC811 21700, 5 Ah", "R21700", "NMC", 3.7, NMC811, 3),
    Design("Demo LCO pouch, 3 Ah", "Pouch", "LCO", 3.8, LCO, 2),
)

_NEW = (PlannedTest("Formation", "formation", formation), PlannedTest("Rates, new", "rates", rate_test))
_AGED = PlannedTest("Rates, aged", "rates", rate_test)
_PULSES = PlannedTest("Pulses", "pulses", pulses)
_MILLION = PlannedTest("Ageing at 1 Hz, a million rows", "ageing", ageing_of(MILLION, 1.0), MILLION)


def tests_of(design: Design, number: int) -> tuple[PlannedTest, ...]:
    """What is done to the cell with this number, in order: the first of each design goes through more."""
    if number:
        return (*_NEW, PlannedTest("Ageing, 60 cycles", "ageing", ageing(60, 20.0)))
    long = _MILLION if design.chemistry is NMC811 else PlannedTest("Ageing, 100 cycles", "ageing", ageing(100, 10.0))
    return (*_NEW, _PULSES, long, _AGED)


def recorded(design: Design, number: int) -> Iterator[tuple[PlannedTest, Columns]]:
    """The samples of one cell's tests, in order."""
    dice = np.random.default_rng([SEED, DESIGNS.index(design), number])
    cell = Cell(design.chemistry, 1.0 + SPREAD_OF_CAPACITY * float(dice.uniform(-1, 1)))
    for test in tests_of(design, number):
        cycler = Cycler(cell, dice)
        test.protocol(cycler)
        yield test, cycler.columns(test.rows)


async def seed(lab: Lab) -> Seeded:
    """Add what is not there yet, by name; samples are made in a worker thread, one test at a time.

    Raises DemoDataError.
    """
    added = present = 0
    for design in DESIGNS:
        specification = await lab.cells.create_specification(_specification(design))
        for number in range(design.cells):
            instance = await lab.cells.create_instance(_id(specification), _instance(design, number))
            new = await _seed_tests(lab, _id(instance), design, number)
            added, present = added + new, present + len(tests_of(design, number)) - new
    return Seeded(added, present)


async def _seed_tests(lab: Lab, instance_id: str, design: Design, number: int) -> int:
    pages = await lab.cells.measurements_of([instance_id], ports.Query())
    there = {each.name for page in pages.values() for each in page.items}
    if there.issuperset(test.name for test in tests_of(design, number)):
        return 0
    added, at, tests = 0, FIRST_TEST_AT + timedelta(days=number), recorded(design, number)
    while (made := await in_thread(next, tests, None)) is not None:
        test, columns = made
        ended_at = at + timedelta(seconds=round(float(columns[TIME][-1])))
        if test.name not in there:
            added += await _upload(lab, instance_id, _measurement(test, at, ended_at), columns)
        at = ended_at + BETWEEN_TESTS
    return added


async def _upload(lab: Lab, instance_id: str, fields: Mapping[str, Any], columns: Columns) -> int:
    """1, or 0 when someone else added it meanwhile."""
    body = await in_thread(parquet, columns)
    opened = await lab.uploads.open(instance_id, fields["name"])
    if isinstance(opened, NameTaken):
        return 0
    if isinstance(opened, CellRefusal):
        raise DemoDataError(opened.message)
    refused = await lab.uploads.put(opened.targets[0].key, _once(body), len(body))
    done = refused or await lab.uploads.confirm(opened.measurement_id, instance_id, fields)
    if isinstance(done, CellRefusal) and not isinstance(done, NameTaken):
        raise DemoDataError(f"{fields['name']}: {done.message}")
    return int(not isinstance(done, CellRefusal))


def parquet(columns: Mapping[str, NDArray[Any]]) -> bytes:
    """The columns as a Parquet file."""
    import polars as pl  # noqa: PLC0415  # slow to import, and only the demo comes here

    body = io.BytesIO()
    pl.DataFrame(dict(columns)).write_parquet(body, compression="zstd", statistics=True)
    return body.getvalue()


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _id(answer: CellSpecification | CellInstance | CellRefusal) -> str:
    if isinstance(answer, NameTaken):
        return answer.existing_id
    if isinstance(answer, CellRefusal):
        raise DemoDataError(answer.message)
    return answer.id


def _specification(design: Design) -> dict[str, Any]:
    chemistry = design.chemistry
    return {
        "name": design.name,
        "form_factor": design.form_factor,
        "manufacturer": "busbar's model",
        "ratings": {
            "capacity": {"value": chemistry.capacity_a_h, "unit": "A.h"},
            "energy": {"value": round(chemistry.capacity_a_h * design.nominal_v, 2), "unit": "W.h"},
            "nominal_voltage": {"value": design.nominal_v, "unit": "V"},
            "voltage_min": {"value": chemistry.voltage_min_v, "unit": "V"},
            "voltage_max": {"value": chemistry.voltage_max_v, "unit": "V"},
        },
        "cathode": {"material": {"name": chemistry.name}},
        "anode": {"material": {"name": "graphite"}},
        "source": {"citation": CITATION, "license": "MIT", "creator_name": "busbar"},
        "notes": "No real cell: the numbers are of the right size and of no particular product.",
    }


def _instance(design: Design, number: int) -> dict[str, Any]:
    return {"name": f"{design.code}-{number + 1:02}", "batch": f"{design.code}-A", "date_manufactured": "2025-12-01"}


def _measurement(test: PlannedTest, started_at: datetime, ended_at: datetime) -> dict[str, Any]:
    return {
        "name": test.name,
        "start_time": started_at.isoformat(),
        "end_time": ended_at.isoformat(),
        "tags": ["demo", test.tag],
        "protocol": {"name": test.name, "ambient_temperature_degc": 25.0},
        "test_setup": {"cycler": "busbar's model", "operator": "nobody"},
        "notes": "Calculated by an equivalent-circuit model.",
    }

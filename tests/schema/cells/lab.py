"""The real lab behind the graph: a real file, real samples. Only the links are fakes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from server.cells.lab import opened_lab
from server.cells.limits import Limits
from server.clock import Clock
from server.events.hub import Hub
from server.stores.sqlite.database import Database
from tests.schema.conftest import Ask
from tests.schema.fakes import World


@asynccontextmanager
async def lab_world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened_lab(database, Hub(), Clock(), tmp_path, Limits()) as lab:
        world: Any = World()
        world.cells, world.samples, world.uploads, world.recordings = (
            lab.cells, lab.samples, lab.uploads, lab.recordings
        )  # fmt: skip
        yield world


async def built(ask: Ask, *names: str) -> dict[str, Any]:
    """A specification, an instance, and measurements of these names."""
    spec = await ask("""mutation { it: createCellSpecification(input: { name: "M50", formFactor: "21700", ratings: {
        capacity: { value: 5.0, unit: "A.h" } } }) { ... on CellSpecification { id specificationId } } }""")
    cell = await ask(
        """mutation($id: ID!) { it: createCellInstance(specificationId: $id, input: { name: "#1" }) {
        ... on CellInstance { id instanceId } } }""",
        id=spec["it"]["id"],
    )
    tests = [
        await ask(
            """mutation($id: ID!, $name: String!) { it: startMeasurement(instanceId: $id, input: { name: $name,
            tags: ["live"] }) { ... on CellMeasurement { id measurementId state } } }""",
            id=cell["it"]["instanceId"],
            name=name,
        )
        for name in names
    ]
    return {"spec": spec["it"], "cell": cell["it"], "tests": [each["it"] for each in tests]}


def rows(first: int, behind: int) -> dict[str, list[float]]:
    numbers = range(first, behind)
    return {
        "Time [s]": [float(n) for n in numbers],
        "Voltage [V]": [4.0 - 0.001 * n for n in numbers],
        "Current [A]": [1.0 for _ in numbers],
        "Step count": [0 for _ in numbers],
    }


APPEND = """mutation($id: ID!, $columns: Columns!, $row: Int) { it: appendMeasurement(id: $id, columns: $columns,
    firstRow: $row) { __typename ... on CellMeasurement { rowCount } ... on AppendOutOfPlace { expectedRow message }
    ... on InvalidSeries { code column row } ... on CellRefusal { message } } }"""

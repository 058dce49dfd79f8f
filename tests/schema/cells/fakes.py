"""The lab's ports, faked in a few lines each. `calls` are what was asked, `answer` is what answers a change."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification, MeasurementType
from schema import ports
from schema.cells.refusals import CellSpecificationNotFound, ColumnMissing, SeriesMissing
from tests.schema.cells import nouns

Noun = TypeVar("Noun", CellSpecification, CellInstance, CellMeasurement)


class Called:
    """Remembers what it was asked, and answers every change with `answer`."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.answer: Any = CellSpecificationNotFound(message="no such row", specification_id="s")

    def asked(self, name: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == name]

    def called(self, *call: Any) -> Any:
        self.calls.append(call)
        return self.answer


class FakeCells(Called):
    """Rows in dicts, in pages by id; a place is an id with a mark."""

    def __init__(self) -> None:
        super().__init__()
        self.specs = {each.id: each for each in (nouns.DESIGN, nouns.COIN)}
        self.cells = {each.id: each for each in (nouns.CELL, nouns.TWIN, nouns.BUTTON)}
        self.tests = {each.id: each for each in (nouns.RUN, nouns.LIVE, nouns.MASSES, nouns.PHOTOS)}

    async def specifications(self, query: ports.Query) -> ports.Page[CellSpecification]:
        self.calls.append(("specifications", query))
        return page(self.specs.values(), query)

    async def instances(self, query: ports.Query, *_: Any) -> ports.Page[CellInstance]:
        self.calls.append(("instances", query))
        return page(self.cells.values(), query)

    async def measurements(self, query: ports.Query, *_: Any) -> ports.Page[CellMeasurement]:
        self.calls.append(("measurements", query))
        return page(self.tests.values(), query)

    async def instances_of(self, ids: Sequence[str], query: ports.Query) -> Mapping[str, ports.Page[CellInstance]]:
        self.calls.append(("instances_of", tuple(ids), query))
        rows = self.cells.values()
        return {each: page([row for row in rows if row.cell_specification_id == each], query) for each in ids}

    async def measurements_of(
        self, ids: Sequence[str], query: ports.Query
    ) -> Mapping[str, ports.Page[CellMeasurement]]:
        self.calls.append(("measurements_of", tuple(ids), query))
        rows = self.tests.values()
        return {each: page([row for row in rows if row.cell_instance_id == each], query) for each in ids}

    async def specifications_by_id(self, ids: Sequence[str]) -> Mapping[str, CellSpecification]:
        self.calls.append(("specifications_by_id", tuple(ids)))
        return {each: self.specs[each] for each in ids if each in self.specs}

    async def instances_by_id(self, ids: Sequence[str]) -> Mapping[str, CellInstance]:
        self.calls.append(("instances_by_id", tuple(ids)))
        return {each: self.cells[each] for each in ids if each in self.cells}

    async def measurements_by_id(self, ids: Sequence[str]) -> Mapping[str, CellMeasurement]:
        self.calls.append(("measurements_by_id", tuple(ids)))
        return {each: self.tests[each] for each in ids if each in self.tests}

    async def create_specification(self, *asked: Any) -> Any:
        return self.called("create_specification", *asked)

    async def update_specification(self, *asked: Any) -> Any:
        return self.called("update_specification", *asked)

    async def delete_specification(self, *asked: Any, cascade: bool) -> Any:
        return self.called("delete_specification", *asked, cascade)

    async def create_instance(self, *asked: Any) -> Any:
        return self.called("create_instance", *asked)

    async def update_instance(self, *asked: Any) -> Any:
        return self.called("update_instance", *asked)

    async def delete_instance(self, *asked: Any) -> Any:
        return self.called("delete_instance", *asked)

    async def create_properties(self, *asked: Any) -> Any:
        return self.called("create_properties", *asked)

    async def update_measurement(self, *asked: Any) -> Any:
        return self.called("update_measurement", *asked)

    async def delete_measurement(self, *asked: Any) -> Any:
        return self.called("delete_measurement", *asked)


def page(rows: Any, query: ports.Query) -> ports.Page[Any]:
    """Raises ValueError for a place that no page told."""
    if query.after is not None and not query.after.startswith("behind "):
        raise ValueError(query.after)
    behind = "" if query.after is None else query.after.removeprefix("behind ")
    rest = [row for row in sorted(rows, key=lambda row: row.id) if row.id > behind]
    found = tuple(rest[: query.limit])
    total = len(list(rows)) if query.with_total else None
    return ports.Page(found, tuple(f"behind {row.id}" for row in found), len(rest) > len(found), total)


class FakeSamples(Called):
    """A ramp of two points for those that have samples."""

    def __init__(self) -> None:
        super().__init__()
        self.step_tables: dict[str, ports.Table] = {"m1": nouns.STEPS}
        self.cycle_tables: dict[str, ports.Table] = {"m1": nouns.CYCLES}

    async def series(self, ids: Sequence[str], wish: ports.SeriesWish) -> Mapping[str, Any]:
        self.calls.append(("series", tuple(ids), wish))
        return {each: self._series(each, wish) for each in ids}

    def _series(self, key: str, wish: ports.SeriesWish) -> Any:
        if key in ("m3", "m4"):
            return SeriesMissing(message="no samples", measurement_id=key)
        if odd := next((name for name in wish.columns if name == "Odd"), None):
            return ColumnMissing(message="no column", column=odd)
        ramp = np.array([0.5, np.nan])
        return ports.Series(np.array([0.0, 1.0]), dict.fromkeys(wish.columns, ramp), source_points=4)

    async def steps(self, ids: Sequence[str]) -> Mapping[str, ports.Table]:
        self.calls.append(("steps", tuple(ids)))
        return {each: self.step_tables[each] for each in ids if each in self.step_tables}

    async def cycles(self, ids: Sequence[str]) -> Mapping[str, ports.Table]:
        self.calls.append(("cycles", tuple(ids)))
        return {each: self.cycle_tables[each] for each in ids if each in self.cycle_tables}


class FakeUploads(Called):
    """Opens and confirms by `answer`."""

    async def open(
        self, instance_id: str, name: str, kind: MeasurementType = MeasurementType.TIME_SERIES, files: Any = ()
    ) -> Any:
        return self.called("open", instance_id, name, kind, files)

    async def confirm(self, *asked: Any) -> Any:
        return self.called("confirm", *asked)


class FakeRecordings(Called):
    """`appends` are what a progress shows, from the row that was asked for on."""

    def __init__(self) -> None:
        super().__init__()
        self.appends: list[ports.Append] = []
        self.following = 0

    async def start(self, *asked: Any) -> Any:
        return self.called("start", *asked)

    async def append(self, *asked: Any) -> Any:
        return self.called("append", *asked)

    async def finish(self, *asked: Any) -> Any:
        return self.called("finish", *asked)

    async def progress(self, key: str, row: int, max_points: int | None) -> AsyncGenerator[ports.Append, None]:
        self.calls.append(("progress", key, row, max_points))
        self.following += 1
        try:
            for append in self.appends:
                if append.behind > row or append.is_complete:
                    yield append
        finally:
            self.following -= 1


class FakeLinks:
    """Addresses that say what they are of."""

    def upload(self, key: str) -> str:
        return f"http://lab/put/{key}"

    def samples(self, measurement_id: str) -> str:
        return f"http://lab/{measurement_id}/samples"

    def steps(self, measurement_id: str) -> str:
        return f"http://lab/{measurement_id}/steps"

    def file(self, measurement_id: str, filename: str) -> str:
        return f"http://lab/{measurement_id}/files/{filename}"

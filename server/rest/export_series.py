"""Values over time by URL, for Grafana and its like: GET /export/series of a circuit, a machine or a measurement.

`panel` with `circuit` (without: the grid) and `metric`; `machine` with `reading`; or `measurement` with `columns`.
`from` and `to`, the end excluded, are times for a panel, else seconds: of the measurement, or simulated ones of the
plant. `maxPoints` thins, lows and highs in sight; `format` is json (rows), csv or parquet.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import anyio
from starlette.requests import Request
from starlette.responses import Response

from clients.plant.models import READINGS, RESULTS
from schema.bounds import MAX_POINTS, MAX_SERIES_COLUMNS
from schema.ports import Metric, Series, SeriesWish
from schema.ports.plant import ReadingsWish
from server.rest.answers import Refused, malformed
from server.rest.cells.lab import lab_of
from server.rest.cells.refusals import granted
from server.rest.cells.storage import PARQUET
from server.rest.export_ranges import a_number, an_instant, in_order
from server.rest.plant.names import machine_named
from server.rest.plant.world import plant_of
from server.rest.seen import seen
from server.threads import in_thread

DAY = timedelta(days=1)
DEFAULT_POINTS = 2000
COMMON = ("from", "to", "maxPoints", "format")
THREADS = anyio.CapacityLimiter(2)


class Format(StrEnum):
    """What the answer is written in."""

    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.PARQUET: PARQUET,
}


async def export_series(request: Request) -> Response:
    """See the module. Raises Refused: 400 for what is no such request, 404 for what is not there."""
    given = request.query_params
    sources = [name for name in SOURCES if name in given]
    if len(sources) != 1:
        raise malformed("panel", f"give one of {', '.join(SOURCES)}: whose values?")
    source, others = SOURCES[sources[0]]
    for name in given:
        if name not in (sources[0], *others, *COMMON):
            raise malformed(name[:60], f"goes not with `{sources[0]}`, which takes {', '.join((*others, *COMMON))}")
        if name not in LISTS and len(given.getlist(name)) > 1:
            raise malformed(name, "is given more than once")
    wanted = _format(request)
    series, is_dated = await source(request)
    from server.rest.export_writing import written  # noqa: PLC0415  # it imports polars, which a start can spare

    body = await in_thread(written, series, wanted, is_dated, limiter=THREADS)
    return Response(body, media_type=MEDIA_TYPES[wanted])


async def _of_circuit(request: Request) -> tuple[Series, bool]:
    serial, circuit_id = request.query_params["panel"], request.query_params.get("circuit")
    sight = seen(request)
    view = sight.panels.get(serial)
    if view is None:
        raise Refused(404, f"panel {serial[:100]!r}: there is none", {"panel": serial[:100]}, code="PANEL_NOT_FOUND")
    if circuit_id is not None and view.snapshot is not None:
        _known_circuit(circuit_id, {each.id: each.name for each in view.snapshot.circuits})
    metric = _word(request, "metric", Metric.POWER_W, list(Metric))
    start, end = an_instant(request, "from"), an_instant(request, "to")
    until = request.app.state.world.clock.now() if end is None else end
    since = max(until - DAY, datetime(1970, 1, 1, tzinfo=UTC)) if start is None else start
    in_order(since, until)
    return await sight.history.series(serial, circuit_id, Metric(metric), since, until, _points(request)), True


def _known_circuit(circuit_id: str, names: Mapping[str, str | None]) -> None:
    if circuit_id not in names:
        there = ", ".join(f"{each} ({name})" if name else each for each, name in sorted(names.items())[:60])
        message = f"circuit {circuit_id[:100]!r}: there is none; the panel has {there}"
        raise Refused(404, message, {"circuit": circuit_id[:100]}, code="CIRCUIT_NOT_FOUND")


async def _of_machine(request: Request) -> tuple[Series, bool]:
    line, _, stage = request.query_params["machine"].partition("/")
    key = machine_named(line, stage)
    there = (*RESULTS, *READINGS[key.stage])
    names = _names(request, "reading") or there
    if missing := next((name for name in names if name not in there), None):
        message = f"reading {missing[:100]!r}: {key.line}/{key.stage} shows none, but {', '.join(there)}"
        raise Refused(404, message, {"reading": missing[:100]}, code="READING_MISSING")
    wish = ReadingsWish({key: names}, *_seconds(request), _points(request))
    return (await plant_of(request).readings(wish))[key], False


async def _of_measurement(request: Request) -> tuple[Series, bool]:
    measurement_id = request.query_params["measurement"]
    names = _names(request, "columns")
    if not names:
        raise malformed("columns", "name one or more, by commas: columns=Voltage [V],Current [A]")
    wish = SeriesWish(names, *_seconds(request), _points(request))
    found = (await lab_of(request).samples.series([measurement_id], wish)).get(measurement_id)
    if found is None:
        raise Refused(
            404, f"measurement {measurement_id[:100]!r}: there is none", {"measurement": measurement_id[:100]}
        )
    return granted(found), False


Source = Callable[[Request], Awaitable[tuple[Series, bool]]]
SOURCES: Mapping[str, tuple[Source, tuple[str, ...]]] = {
    "panel": (_of_circuit, ("circuit", "metric")),
    "machine": (_of_machine, ("reading",)),
    "measurement": (_of_measurement, ("columns",)),
}
LISTS = ("reading", "columns")


def _format(request: Request) -> Format:
    return Format(_word(request, "format", Format.JSON, list(Format)))


def _word(request: Request, name: str, default: str, words: list[str]) -> str:
    given = request.query_params.get(name, default)
    if given not in words:
        raise malformed(name, f"{given[:60]!r} is none of {', '.join(words)}")
    return given


def _names(request: Request, parameter: str) -> tuple[str, ...]:
    parts = [part for given in request.query_params.getlist(parameter) for part in given.split(",")]
    names = tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
    if len(names) > MAX_SERIES_COLUMNS:
        raise malformed(parameter, f"{len(names):,} given, 1 to {MAX_SERIES_COLUMNS} are answered at once")
    return names


def _points(request: Request) -> int:
    text = request.query_params.get("maxPoints", str(DEFAULT_POINTS))
    points = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MAX_POINTS)) else 0
    if not 2 <= points <= MAX_POINTS:  # noqa: PLR2004 (a low and a high)
        raise malformed("maxPoints", f"{text[:60]!r} is not in 2 to {MAX_POINTS:,}")
    return points


def _seconds(request: Request) -> tuple[float | None, float | None]:
    start_s, end_s = a_number(request, "from"), a_number(request, "to")
    if start_s is not None and end_s is not None:
        in_order(start_s, end_s)
    return start_s, end_s

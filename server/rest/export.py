"""Samples by URL, for spreadsheets, notebooks and dashboards: /export/cell_measurements/{id}.{csv,jsonl,parquet,arrow}.

`columns` chooses some of them, by commas, `from` and `to` a range of time in seconds, the end excluded, and
`escape_formulas=true` keeps a spreadsheet from calculating text. What is sent is made while it is sent.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route, Router
from starlette.types import Receive, Scope, Send

from server.cells.formats.choices import Selection, Target
from server.cells.formats.errors import FormatError
from server.rest.answers import Refused, malformed
from server.rest.cells.lab import lab_of
from server.rest.cells.refusals import granted
from server.rest.cells.storage import PARQUET, Download
from server.rest.export_ranges import a_number, in_order
from server.rest.export_series import export_series
from server.rest.face import Face
from server.rest.methods import Methods
from server.threads import in_thread

if TYPE_CHECKING:
    from server.cells.formats.writing import Export

MEDIA_TYPES = {
    Target.CSV: "text/csv; charset=utf-8; header=present",
    Target.JSONL: "application/x-ndjson",
    Target.PARQUET: PARQUET,
    Target.ARROW: "application/vnd.apache.arrow.stream",
}
PARAMETERS = ("columns", "from", "to", "escape_formulas")
THREADS = anyio.CapacityLimiter(2)


def export_mount(new_id: Callable[[], str] = lambda: uuid.uuid4().hex) -> Mount:
    """Everything below /export; errors look like those of the lab's REST face."""
    exported = Route("/cell_measurements/{file:path}", Methods(GET=export_measurement))
    series = Route("/series", Methods(GET=export_series))
    return Mount("/export", Face(Router([exported, series], redirect_slashes=False, default=_missing), new_id))


async def export_measurement(request: Request) -> Response:
    """GET or HEAD /export/cell_measurements/{id}.{format}. The whole as Parquet is the file that was uploaded."""
    measurement_id, target = _asked(request.path_params["file"])
    selection = _selection(request, target)
    found = granted(await lab_of(request).samples.parquet(measurement_id))
    filename = f"{measurement_id}.{target}"
    if target is Target.PARQUET and selection.is_whole:
        tag = {"etag": f'"{found.sha256}"'} if found.sha256 else None
        return Download(found.path, headers=tag, media_type=PARQUET, filename=filename)
    from server.cells.formats import writing  # noqa: PLC0415  # it imports polars, which a server's start can spare

    try:
        parts = await in_thread(writing.encoded, found.path, selection, target, limiter=THREADS)
    except writing.ColumnsMissingError as error:
        raise Refused(400, str(error), {"columns": list(error.columns)}, code="COLUMN_MISSING") from None
    except FormatError as error:
        raise Refused(400, str(error)) from None
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}"}
    body = _closed(parts) if request.method == "HEAD" else _sent(parts)
    return StreamingResponse(body, headers=headers, media_type=MEDIA_TYPES[target])


def _asked(file: str) -> tuple[str, Target]:
    measurement_id, _, suffix = file.rpartition(".")
    if not measurement_id or suffix not in MEDIA_TYPES:
        suffixes = ", ".join(f".{target}" for target in MEDIA_TYPES)
        raise Refused(404, f"an export is named by a measurement's id and one of {suffixes}")
    return measurement_id, Target(suffix)


def _selection(request: Request, target: Target) -> Selection:
    given = request.query_params
    for name in given:
        if name not in PARAMETERS:
            raise malformed(name[:60], f"is no parameter here; there are {', '.join(PARAMETERS)}")
    wished = tuple(given.getlist("columns"))
    start_s, end_s = a_number(request, "from"), a_number(request, "to")
    if start_s is not None and end_s is not None:
        in_order(start_s, end_s)
    escapes = given.get("escape_formulas", "false")
    if escapes not in ("true", "false") or (escapes == "true" and target is not Target.CSV):
        raise malformed("escape_formulas", "is true or false, and true only for .csv")
    return Selection(wished or None, start_s, end_s, escapes_formulas=escapes == "true")


async def _sent(parts: Export) -> AsyncIterator[bytes]:
    """Each part when the one before is sent; the file is closed at the end, also when the client has gone."""
    try:
        while (part := await in_thread(next, parts, None, limiter=THREADS)) is not None:
            yield part
    finally:
        parts.close()


async def _closed(parts: Export) -> AsyncIterator[bytes]:
    parts.close()
    yield b""


async def _missing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise Refused(
        404, "there is nothing at this path; exports are at /export/cell_measurements/ID.csv and /export/series"
    )

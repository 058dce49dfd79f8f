"""The plant as a whole: GET /factory/status and GET /factory/logs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from clients.plant.models import Line
from clients.plant.spelling import stage_name
from schema.ports import BatchState, CursorExpiredError, CursorInvalidError, PlantView
from schema.scalars import write_cursor
from server.rest.answers import Refused, answer, malformed
from server.rest.plant.nouns import Told, batch_told, entry_told, figures_told, machine_told, plant_told
from server.rest.plant.queries import count, given, lost, machine, place, whole
from server.rest.plant.world import events_of, plant_of

MAX_BATCHES = 200
BATCHES = 50
MAX_ENTRIES = 1_000
ENTRIES = 100


async def factory_status(request: Request) -> Response:
    """GET /factory/status: all machines, and batches, newest first, `limit` of them, of one `state`, behind `after`."""
    query = given(request, ("state", "limit", "after"))
    limit, states, after = count(query, "limit", MAX_BATCHES, BATCHES), _states(query), query.get("after")
    if after is not None and whole(after) is None:
        raise malformed("after", f"is {after[:40]!r}: must be the `next` of the page before")
    plant = plant_of(request)
    view = await plant.view()  # first: its cursor is of a time before all the rest is read
    page, figures = await plant.batches(states, limit, after), await plant.figures()
    return answer(
        {
            **plant_told(view),
            "batches": [batch_told(batch) for batch in page.items],
            "next": page.places[-1] if page.has_more else None,
            "machines": _by_line(view),
            "figures": figures_told(figures),
        }
    )


async def factory_logs(request: Request) -> Response:
    """GET /factory/logs: what happened, oldest first: the newest `limit`, or the next behind `after`.

    `batch_id` and `machine` choose among these, so a page may be empty with more behind its `cursor`.
    """
    query = given(request, ("limit", "after", "batch_id", "machine"))
    limit, wanted = count(query, "limit", MAX_ENTRIES, ENTRIES), machine(query)
    after = place(query, await events_of(request).position())
    try:
        entries, behind = await plant_of(request).log(after, limit, query.get("batch_id"), wanted)
    except CursorExpiredError as error:
        detail = {"parameter": "after", "oldest": error.oldest}
        raise Refused(400, f"after: {error}", detail, code="CURSOR_EXPIRED") from None
    except CursorInvalidError as error:
        raise lost(error) from None
    return answer({"logs": [entry_told(entry) for entry in entries], "cursor": write_cursor(behind)})


def _states(query: dict[str, str]) -> list[BatchState] | None:
    state = query.get("state")
    if state is None:
        return None
    if state.upper() not in list(BatchState):
        words = ", ".join(each.lower() for each in BatchState)
        raise malformed("state", f"is {state[:40]!r}: must be one of {words}")
    return [BatchState(state.upper())]


def _by_line(view: PlantView) -> dict[str, dict[str, Told]]:
    lines: dict[str, dict[str, Told]] = {str(line): {} for line in Line}
    for each in view.machines:
        lines[each.key.line][stage_name(each.key.stage)] = machine_told(each)
    return lines

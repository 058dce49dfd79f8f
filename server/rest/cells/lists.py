"""What a list's query parameters mean, and the two shapes of its answer.

Without a parameter of ours (`full` aside) the answer is the complete array that release 0.2.0 wants; with one it is
`{items, count, total}`. Parameters that nobody here knows are ignored; a known one with a wrong value is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification, MeasurementType
from schema.ports import Comparison, Condition, Page, Query
from server.rest.answers import Refused, answer, malformed
from server.rest.cells.nouns import told

MAX_PAGE = 1_000
MAX_OFFSET = 10**9
MAX_VALUE_CHARACTERS = 1_000
MAX_TAGS = 50
ORDERS = ("asc", "desc")
REPEATED = ("tags_all", "tags_any")
MOMENTS = {
    f"{field}_{end}": (field, comparison)
    for field in ("created_at", "updated_at", "start_time")
    for end, comparison in (("gt", Comparison.ABOVE), ("lt", Comparison.BELOW))
}
WITHOUT_MATERIALS = (
    "material_id",
    "material_ids",
    *(f"{slot}_material_id" for slot in ("anode", "cathode", "electrolyte", "separator", "case")),
    "exclude_cell_spec_id",
)
"""A filter that were ignored would show what it should hide."""


@dataclass(frozen=True, slots=True)
class Known:
    """The parameters of one list, beside those that all have. `parts` are parts of a name without an operator."""

    patterns: tuple[str, ...] = ("name", "created_by_email")
    exact: tuple[str, ...] = ()
    moments: tuple[str, ...] = ("created_at_gt", "created_at_lt", "updated_at_gt", "updated_at_lt")
    orders: tuple[str, ...] = ("name", "created_at", "updated_at")
    parts: tuple[str, ...] = ()
    has_tags: bool = False

    @property
    def names(self) -> frozenset[str]:
        """All that make a list answer as an object."""
        paging = ("limit", "offset", "order_by", "order", *(REPEATED if self.has_tags else ()))
        return frozenset((*self.patterns, *self.exact, *self.parts, *self.moments, *paging))


SPECIFICATIONS = Known(patterns=("name", "created_by_email", "form_factor"), exact=("project_id",))
INSTANCES = Known(exact=("batch_id",))
MEASUREMENTS = Known(
    exact=("measurement_type",),
    moments=tuple(MOMENTS),
    orders=("name", "created_at", "updated_at", "start_time"),
    has_tags=True,
)
ALL_MEASUREMENTS = replace(MEASUREMENTS, exact=("measurement_type", "project_id"), parts=("q",))


def wanted(request: Request, known: Known) -> Query:
    """The query that the parameters describe; `limit` None when it must be complete. Raises Refused with 400."""
    given = _given(request)
    if not known.names & given.keys():
        return Query(is_descending=True)
    return Query(
        conditions=tuple(_conditions(given, known)),
        tags_all=_tags(given, "tags_all", known),
        tags_any=_tags(given, "tags_any", known),
        limit=_count(given, "limit", 1, MAX_PAGE, MAX_PAGE),
        offset=_count(given, "offset", 0, MAX_OFFSET, 0),
        with_total=True,
        **_ordered(given, known),
    )


def listed(query: Query, page: Page[CellSpecification] | Page[CellInstance] | Page[CellMeasurement]) -> Response:
    """An array, or an object with the number of all that there are. Raises Refused for a cut array."""
    if query.limit is None and page.has_more:
        raise Refused(
            422,
            f"there are more than {len(page.items):,}: ask for pages of them with limit and offset",
            {"limit": len(page.items)},
            code="RESULT_TOO_LARGE",
        )
    return shaped([told(noun) for noun in page.items], page.total, as_array=query.limit is None)


def shaped(items: Sequence[object], total: int | None, *, as_array: bool) -> Response:
    """See `listed`."""
    return answer(items if as_array else {"items": items, "count": len(items), "total": total})


def count(request: Request, name: str, lowest: int, highest: int, default: int) -> int:
    """A whole number; raises Refused with 400 for anything else."""
    return _count(_given(request), name, lowest, highest, default)


def _given(request: Request) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name in WITHOUT_MATERIALS:
            raise malformed(name, "busbar keeps no materials, so it cannot filter by them; leave this out")
        if len(value) > MAX_VALUE_CHARACTERS:
            raise malformed(name, f"is longer than {MAX_VALUE_CHARACTERS:,} characters")
        given.setdefault(name, []).append(value)
    return given


def _one(given: dict[str, list[str]], name: str) -> str | None:
    values = given.get(name, [])
    if len(values) > 1:
        raise malformed(name, "is given more than once")
    return values[0] if values else None


def _conditions(given: dict[str, list[str]], known: Known) -> list[Condition]:
    found = [_pattern(name, value) for name in known.patterns if (value := _one(given, name)) is not None]
    found += [_exactly(name, value) for name in known.exact if (value := _one(given, name)) is not None]
    found += [Condition("name", Comparison.CONTAINS, value) for name in known.parts if (value := _one(given, name))]
    found += [_moment(name, value) for name in known.moments if (value := _one(given, name)) is not None]
    return found


def _pattern(name: str, value: str) -> Condition:
    """`eq.TEXT`, or `ilike.%TEXT%` whose outer two `%` alone are not of the text."""
    operator, dot, operand = value.partition(".")
    if dot and operator == "eq":
        return Condition(name, Comparison.EQUALS, operand)
    if dot and operator == "ilike" and len(operand) > 1 and operand.startswith("%") and operand.endswith("%"):
        return Condition(name, Comparison.CONTAINS, operand[1:-1])
    raise malformed(name, "must be eq.TEXT for that text, or ilike.%TEXT% for whatever has it in it")


def _exactly(name: str, value: str) -> Condition:
    if name == "measurement_type":
        if value not in list(MeasurementType):
            raise malformed(name, f"must be one of {', '.join(MeasurementType)}")
        return Condition(name, Comparison.EQUALS, MeasurementType(value))
    return Condition(name, Comparison.EQUALS, value)


def _moment(name: str, value: str) -> Condition:
    field, comparison = MOMENTS[name]
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise malformed(name, "must be a date and time as in 2026-01-31T12:00:00Z") from None
    return Condition(field, comparison, moment)


def _tags(given: dict[str, list[str]], name: str, known: Known) -> tuple[str, ...]:
    tags = given.get(name, []) if known.has_tags else []
    if len(tags) > MAX_TAGS:
        raise malformed(name, f"may be given at most {MAX_TAGS} times")
    return tuple(tags)


def _ordered(given: dict[str, list[str]], known: Known) -> dict[str, Any]:
    """Newest first, unless the order is chosen: then upwards, unless that is chosen too."""
    order_by, order = _one(given, "order_by"), _one(given, "order")
    if order_by is not None and order_by not in known.orders:
        raise malformed("order_by", f"must be one of {', '.join(known.orders)}")
    if order is not None and order not in ORDERS:
        raise malformed("order", f"must be one of {', '.join(ORDERS)}")
    is_descending = order == "desc" if order else order_by is None
    return {"order_by": order_by or "created_at", "is_descending": is_descending}


def _count(given: dict[str, list[str]], name: str, lowest: int, highest: int, default: int) -> int:
    value = _one(given, name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) < len(str(MAX_OFFSET)) + 1) or not (
        lowest <= int(value) <= highest
    ):
        raise malformed(name, f"must be a whole number from {lowest} to {highest:,}")
    return int(value)

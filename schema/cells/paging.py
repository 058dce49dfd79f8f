"""Asking the lab for a page, and for one page per parent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification
from schema import ports
from schema.bounds import MAX_LEVEL_ROWS, MAX_PAGE, within
from schema.cells.filters import Filter
from schema.cells.orders import Order
from schema.context import Info
from schema.errors import BadInputError, CursorBadError
from schema.pages import Connection, counts, kept_page, read_key

Noun = TypeVar("Noun", CellSpecification, CellInstance, CellMeasurement)
T = TypeVar("T")
Answer = TypeVar("Answer")


def wanted(info: Info, first: int, after: str | None, chosen: Filter | None, order: Order | None) -> ports.Query:
    """The port's query; raises BadInputError and CursorBadError."""
    within("first", first, 0, MAX_PAGE)
    parts = {} if chosen is None else chosen.parts()
    ordered = {} if order is None else order.parts()
    behind = None if after is None else read_key(info, after)
    return ports.Query(limit=first, after=behind, with_total=counts(info), **parts, **ordered)


async def asked(call: Awaitable[Answer], after: str | None) -> Answer:
    """What the port answers; raises CursorBadError when it does not know the place."""
    try:
        return await call
    except ValueError:
        if after is None:
            raise
        raise CursorBadError("after is no cursor of this list in this order; begin anew without it") from None


def level(argument: str, parents: int, rows: int) -> None:
    """Raises BadInputError when so many rows for each of so many parents are too much for one answer."""
    if parents * rows > MAX_LEVEL_ROWS:
        reason = f"{rows:,} for each of {parents:,} is more than {MAX_LEVEL_ROWS:,} in one answer; ask for fewer"
        raise BadInputError(argument, reason)


def each_page(
    info: Info,
    ids: Sequence[str],
    found: Mapping[str, ports.Page[Noun]],
    of: Callable[[Noun], T],
    after: str | None,
) -> list[Connection[T]]:
    """The pages of these parents; one that was deleted meanwhile has an empty one."""
    empty: ports.Page[Noun] = ports.Page(items=(), places=(), has_more=False, total=0)
    return [kept_page(info, found.get(each, empty), of, after) for each in ids]

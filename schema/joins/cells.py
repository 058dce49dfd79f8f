"""The edges between a batch and its cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import strawberry

from clients.cells import models
from schema import ports
from schema.bounds import MAX_PAGE, within
from schema.cells.paging import level
from schema.context import Info
from schema.errors import CursorBadError
from schema.pages import After, Connection, First, kept_page, read_key

if TYPE_CHECKING:
    from schema.cells.instances import CellInstance
    from schema.plant.batches import Batch

Scrapped = Annotated[
    bool | None, strawberry.argument(description="Only the scrapped ones, or only the good ones; both without it.")
]


async def cells_of(
    parents: strawberry.Parent[list[Batch]],
    info: Info,
    first: First = 100,
    after: After = None,
    scrapped: Scrapped = None,
) -> list[Connection[CellInstance]]:
    """A page of the cells of each batch, by their number."""
    from schema.cells.instances import CellInstance  # noqa: PLC0415 (it imports this module)

    within("first", first, 0, MAX_PAGE)
    level("first", len(parents), first)
    ids = [str(each.batch_id) for each in parents]
    pages = await info.context.production.cells_of(ids, first, _behind(info, after), scrapped=scrapped)
    wanted = [cell.instance_id for page in pages.values() for cell in page.items]
    found = await info.context.cells.instances_by_id(wanted)
    return [kept_page(info, _page(pages.get(each), found), CellInstance.of, after) for each in ids]


def _behind(info: Info, after: str | None) -> int:
    if after is None:
        return 0
    place = read_key(info, after)
    if not (place.isascii() and place.isdecimal() and len(place) <= 18):  # noqa: PLR2004 (digits of a whole number)
        raise CursorBadError("after is no cursor of a batch's cells; begin anew without it")
    return int(place)


def _page(made: ports.MadePage | None, found: Mapping[str, models.CellInstance]) -> ports.Page[models.CellInstance]:
    """Of a batch; one that was deleted this very moment is not on it."""
    if made is None:
        return ports.Page(items=(), places=(), has_more=False, total=0)
    there = [cell for cell in made.items if cell.instance_id in found]
    items, places = tuple(found[cell.instance_id] for cell in there), tuple(str(cell.number) for cell in there)
    return ports.Page(items, places, made.has_more, made.total)


async def makers_of(parents: strawberry.Parent[list[CellInstance]], info: Info) -> list[Batch | None]:
    """The batch that made each; None for one that no batch made, and where the batch is forgotten."""
    from schema.plant.batches import Batch  # noqa: PLC0415 (it imports this module)

    made = await info.context.production.made_by([str(each.instance_id) for each in parents])
    found = await info.context.plant.batches_by_id(list({cell.batch_id for cell in made.values()}))
    batches = {batch_id: Batch.of(view) for batch_id, view in found.items()}
    makers = [made.get(str(each.instance_id)) for each in parents]
    return [None if maker is None else batches.get(maker.batch_id) for maker in makers]


async def scrap_causes_of(parents: strawberry.Parent[list[CellInstance]], info: Info) -> list[str | None]:
    """Why each was scrapped."""
    made = await info.context.production.made_by([str(each.instance_id) for each in parents])
    return [cell.scrap_cause if (cell := made.get(str(each.instance_id))) else None for each in parents]

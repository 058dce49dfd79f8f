"""What the three rooms (specifications, instances, measurements) have in common."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Generic, TypeAlias, TypeVar
from urllib.parse import quote

from clients.cells import wire
from clients.cells.bodies import object_body
from clients.cells.errors import CellsConflictError, CellsHolderError, CellsMalformedError
from clients.cells.frames import Frame, Frames
from clients.cells.models import CellInstance, CellMeasurement, CellSpecification
from clients.cells.operations import Json, Operation, Plain, Request, ask

PAGE_ITEMS = 1_000
LONGEST_ID = 500
Noun = TypeVar("Noun", CellSpecification, CellInstance, CellMeasurement)
Data: TypeAlias = Mapping[str, object]


class Room(Plain, Generic[Frame]):
    """Operations that make tables of one kind."""

    def __init__(self, frames: Frames[Frame]) -> None:
        self._frames = frames


def path(*parts: object) -> str:
    """A path with ids in it. Raises ValueError for what can be no id."""
    return "".join(f"/{quote(_part(part), safe='')}" for part in parts)


def _part(part: object) -> str:
    if not isinstance(part, str) or not 0 < len(part) <= LONGEST_ID or part in (".", ".."):
        raise ValueError(f"{part!r:.80} is no id: it must be a text of 1 to {LONGEST_ID} characters")
    return part


class Pages(Generic[Noun]):
    """The pages of a list, to the end. No item comes twice, though pages may shift while they are read."""

    def __init__(self, where: str, read: Callable[[Json], Noun], params: Mapping[str, str] | None = None) -> None:
        self._where = where
        self._read: Callable[[Json], Noun] = read
        self._params = params or {}
        self._offset = 0
        self._found: dict[str, Noun] = {}
        self.has_more = True

    def next(self) -> Operation[list[Noun]]:
        """What the next page has that is new. Raises CellsMalformedError when the server holds back the rest."""
        params = {"limit": str(PAGE_ITEMS), "offset": str(self._offset), **self._params}
        page = wire.page((yield from ask(Request("GET", self._where, params))))
        self._offset += len(page.items)
        fresh = {noun.id: noun for noun in map(self._read, page.items) if noun.id not in self._found}
        self._found |= fresh
        self.has_more = bool(fresh) and not self._ends(page)
        if not fresh and page.total is not None and not self._ends(page):
            found = f"{self._where} has {page.total} items and answers {len(self._found)} of them"
            raise CellsMalformedError(f"{found}, whatever `offset` says; nobody can tell what the others are")
        return list(fresh.values())

    def _ends(self, page: wire.Page) -> bool:
        """A plain array is complete, unless it is as long as a page may be; without a total an empty page tells."""
        if page.is_array:
            return len(page.items) < PAGE_ITEMS
        return self._offset >= page.total if page.total is not None else not page.items

    def all(self) -> Operation[list[Noun]]:
        """Every item, in the server's order."""
        while self.has_more:
            yield from self.next()
        return list(self._found.values())


def created(where: str, data: Data, read: Callable[[Json], Noun]) -> Operation[Noun]:
    """POST."""
    return read((yield from ask(Request("POST", where, body=object_body(data)))))


def holder(
    conflict: CellsConflictError,
    data: Data,
    get: Callable[[str], Operation[Noun]],
    pages: Pages[Noun],
    legacy_key: str | None = None,
) -> Operation[Noun]:
    """Who has the name: as the server says, as servers once said, or found by looking at all of them."""
    existing_id = conflict.existing_id
    if existing_id is None and legacy_key is not None and (existing_id := conflict.told(legacy_key)):
        warnings.warn(
            f"the server names the holder of a name in {legacy_key!r}; it should be detail.existing_id",
            DeprecationWarning,
            stacklevel=2,
        )
    if existing_id is not None:
        return (yield from get(existing_id))
    while pages.has_more:
        for noun in (yield from pages.next()):
            if noun.name == data.get("name"):
                return noun
    raise CellsHolderError(
        f"the name {data.get('name')!r:.200} is taken, says the server, but nobody there has it; try again",
        conflict.status_code,
        error_code=conflict.error_code,
        data=conflict.data,
    ) from conflict

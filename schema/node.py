"""Things with an id that is unique in the whole graph, and finding them again by it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

import strawberry

from schema.bounds import MAX_ID_CHARACTERS
from schema.errors import BadInputError
from schema.scalars import packed, unpacked

Kept = TypeVar("Kept")
Shown = TypeVar("Shown")


@strawberry.interface(description="A thing that `node(id:)` finds again by its id.")
class Node:
    """Each type that implements it has a finder in `schema/nodes.py`."""

    id: strawberry.ID = strawberry.field(description="Unique in the whole graph, and opaque.")


@lru_cache(maxsize=4_096)  # live feeds write the same ones again and again
def write_id(kind: str, *keys: str) -> strawberry.ID:
    """The global id of the thing of this type that these keys name."""
    return strawberry.ID(packed(json.dumps([kind, *keys], separators=(",", ":"))))


def read_id(argument: str, global_id: str) -> tuple[str, tuple[str, ...]]:
    """The type's name and the keys; raises BadInputError for what `write_id` did not write."""
    try:
        kind, *keys = json.loads(unpacked(global_id[: MAX_ID_CHARACTERS + 1]))
    except (ValueError, TypeError, RecursionError):
        kind, keys = None, []
    if len(global_id) > MAX_ID_CHARACTERS or not all(_is_text(each) for each in (kind, *keys)):
        raise BadInputError(argument, f"{global_id[:60]!r} is no id of this graph; pass an `id` back as it came")
    return kind, tuple(keys)


def _is_text(value: object) -> bool:
    """Whether it is a text that can be stored and sent: JSON can spell half a surrogate pair, UTF-8 cannot."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def own_id(kind: str, given: str) -> str:
    """The id that a thing has by itself, given that id or the thing's global one; another type's id names nothing."""
    try:
        found, keys = read_id("id", given)
    except BadInputError:
        return given[:MAX_ID_CHARACTERS]
    return keys[0] if found == kind and len(keys) == 1 else given


async def each_of(
    kind: str,
    given: Sequence[str],
    find: Callable[[Sequence[str]], Awaitable[Mapping[str, Kept]]],
    shown: Callable[[Kept], Shown],
) -> list[Shown | None]:
    """Those with these ids, own or global, in their order; None for each that is not there."""
    own = [own_id(kind, each) for each in given]
    found = await find(list(dict.fromkeys(own))) if own else {}
    return [shown(found[each]) if each in found else None for each in own]


def own_key(kind: str, owner: str, given: str) -> str:
    """The key that a thing has within its owner, given that key itself or the thing's global id.

    The id of another owner's thing, or of another type, stays as it is: it then names nothing, rather than a namesake.
    """
    try:
        found, keys = read_id("id", given)
    except BadInputError:
        return given
    return keys[1] if found == kind and len(keys) == 2 and keys[0] == owner else given  # noqa: PLR2004 (owner and key)

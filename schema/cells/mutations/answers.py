"""From what the lab answers to what the graph shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from schema.cells.keeping import kept, respelled
from schema.cells.refusals import CellRefusal, InvalidField, LimitReached, NameTaken, StorageFull

Noun = TypeVar("Noun")

WRITING = InvalidField | NameTaken | LimitReached | StorageFull
"""What any change of what is kept may be refused for."""


async def changed(
    given: object, call: Callable[[dict[str, Any]], Awaitable[Noun | CellRefusal]], of: Callable[[Noun], object]
) -> Any:  # noqa: ANN401 (a member of the union, by what the port promises)
    """Pass an input to the lab, and show its answer."""
    fields = kept(given)
    return fields if isinstance(fields, InvalidField) else shown(await call(fields), of)


def shown(answer: Noun | CellRefusal, of: Callable[[Noun], object]) -> Any:  # noqa: ANN401 (as above)
    """The noun as the graph has it; a refusal in the graph's words."""
    if isinstance(answer, InvalidField):
        return respelled(answer)
    return answer if isinstance(answer, CellRefusal) else of(answer)

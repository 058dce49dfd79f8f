"""What an operation is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from emulator.panel import EmulatedPanel

BodyT = TypeVar("BodyT")


@dataclass(frozen=True, slots=True)
class Call(Generic[BodyT]):
    """One use of an operation: by whom, of which item (the end of the path), with which body."""

    panel: EmulatedPanel
    by: str
    item: str
    body: BodyT

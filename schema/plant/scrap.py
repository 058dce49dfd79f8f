"""What was lost, by cause."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry


@strawberry.type(description="Solids that were scrapped for one cause.")
class Scrap:
    """The causes are stable words of the stages."""

    cause: str = strawberry.field(description="Why: a stable word, as `edge_trim`.")
    kg: float = strawberry.field(description="How much, in kg of solids; from 0.")


def scrap_of(scrap_kg: Mapping[str, float | None]) -> list[Scrap]:
    """By cause; without those that are not known."""
    return [Scrap(cause=cause, kg=kg) for cause, kg in scrap_kg.items() if kg is not None]

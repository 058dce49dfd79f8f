"""How well a machine used its time, in the graph."""

from __future__ import annotations

import strawberry

from clients.plant.models import MachineFigures


@strawberry.type(description="What a machine did with its time: shares from 0 to 1, sum 1.")
class MachineUtilisation:
    """Of a pool: of the time of its places."""

    working: float = strawberry.field(description="Share of the time in which it worked, 0 to 1.")
    blocked: float = strawberry.field(description="Share in which it waited for room behind it, 0 to 1.")
    starved: float = strawberry.field(description="Share in which it waited for work, 0 to 1.")
    down: float = strawberry.field(description="Share in which it was broken or stopped, 0 to 1.")
    setup: float = strawberry.field(description="Share in which it was set up, 0 to 1.")


@strawberry.type(description="Overall equipment effectiveness of a machine.")
class MachineOee:
    """The product of its three parts."""

    availability: float = strawberry.field(description="Time less repairs and set-ups, over all time, 0 to 1.")
    performance: float = strawberry.field(description="Time worked over time available, 0 to 1.")
    quality: float = strawberry.field(
        description="First-pass yield: solids that left it over those that came, 0 to 1; 1 before any came."
    )
    oee: float = strawberry.field(description="availability x performance x quality, 0 to 1.")


def utilisation_of(figures: MachineFigures) -> MachineUtilisation:
    """The noun's part, as the API shows it."""
    return MachineUtilisation(
        working=figures.working,
        blocked=figures.blocked,
        starved=figures.starved,
        down=figures.down,
        setup=figures.setup,
    )


def oee_of(figures: MachineFigures) -> MachineOee:
    """The noun's part, as the API shows it."""
    return MachineOee(
        availability=figures.availability,
        performance=figures.performance,
        quality=figures.quality,
        oee=figures.oee,
    )

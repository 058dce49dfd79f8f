"""The closed sets of words about panels. The nouns' own enums are shown as they are; inputs leave out UNKNOWN."""

from __future__ import annotations

from enum import StrEnum

from clients.panel.models import DoorState, Priority, RelayState
from schema.ports import Availability, Metric
from schema.words import shown

__all__ = ["Availability", "CircuitPriority", "DoorState", "Metric", "Priority", "RelayPosition", "RelayState"]

shown(
    RelayState,
    "A relay's position.",
    {
        "UNKNOWN": "The panel cannot tell, as just after its start.",
        "OPEN": "Nothing flows.",
        "CLOSED": "Power flows.",
    },
)
shown(
    Priority,
    "What the panel does with a circuit while it is off grid.",
    {
        "UNKNOWN": "The panel has none for this circuit.",
        "MUST_HAVE": "Kept as long as there is any power.",
        "NICE_TO_HAVE": "Kept until the battery falls below the panel's threshold.",
        "NON_ESSENTIAL": "Shed at once.",
    },
)
shown(
    DoorState,
    "The panel's door.",
    {"UNKNOWN": "The door has not been used since the panel's start.", "OPEN": "Open.", "CLOSED": "Closed."},
)
shown(
    Availability,
    "How much a panel's last values are worth right now.",
    {
        "ONLINE": "Fresh: the last poll succeeded.",
        "STALE": "Polls began to fail a short while ago.",
        "OFFLINE": "The panel has not answered for a while, or never did.",
        "UNAUTHORIZED": "The panel answers, but does not accept busbar's access token.",
    },
)
shown(
    Metric,
    "What is kept of a panel or circuit over time; the unit is in the name.",
    {
        "POWER_W": "Power in W. A circuit's: positive = consumption. A panel's: the grid's, positive = import.",
        "CONSUMED_ENERGY_WH": "Energy in Wh, counted since the panel was made. A panel's: imported from the grid.",
        "PRODUCED_ENERGY_WH": "Energy in Wh, counted since the panel was made. A panel's: exported to the grid.",
    },
)


class RelayPosition(StrEnum):
    """RelayState without UNKNOWN, which nobody can ask for."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class CircuitPriority(StrEnum):
    """Priority without UNKNOWN, which nobody can ask for."""

    MUST_HAVE = "MUST_HAVE"
    NICE_TO_HAVE = "NICE_TO_HAVE"
    NON_ESSENTIAL = "NON_ESSENTIAL"


shown(
    RelayPosition,
    "Where a relay can be told to go.",
    {"OPEN": "Cut the power.", "CLOSED": "Let power flow."},
)
shown(
    CircuitPriority,
    "What the panel can be told to do with a circuit while it is off grid.",
    {
        "MUST_HAVE": "Keep it as long as there is any power.",
        "NICE_TO_HAVE": "Keep it until the battery falls below the panel's threshold.",
        "NON_ESSENTIAL": "Shed it at once.",
    },
)

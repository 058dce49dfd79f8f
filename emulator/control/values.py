"""The values that verbs take: each with its range and what it means, for the checks and for the OpenAPI page alike."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from emulator.clock import EARLIEST_TICK, LATEST_TICK, MAX_SPEED
from emulator.commands import Priority
from emulator.physics.settings import MAX_MULTIPLIER, MAX_NAME, MAX_OVERRIDE_W

MAX_JUMP_S: Final = 366 * 86_400
"""Simulated seconds that one command may let pass, summed over the panels that it is for."""
MAX_OFFLINE_S: Final = 31 * 86_400
MAX_PRESSES: Final = 9
MAX_SEED: Final = 2**63 - 1
MAX_TABS: Final = 1_000
MAX_POWERS: Final = 100
"""Circuits whose power one `advance` may hold."""
MAX_SHOWN: Final = 10_000
"""Requests or commands in one answer."""

Seed = Annotated[int, Field(ge=0, le=MAX_SEED, description="the same seed and commands give the same bytes")]
Tick = Annotated[int, Field(ge=EARLIEST_TICK, le=LATEST_TICK, description="epoch seconds of the panel's time")]
Seconds = Annotated[int, Field(ge=0, le=MAX_JUMP_S, description="whole seconds of the panel's time")]
OfflineSeconds = Annotated[int, Field(ge=1, le=MAX_OFFLINE_S, description="whole seconds of the panel's time")]
Time = Annotated[
    int | str,
    Field(description="epoch seconds, or 2026-06-21T12:00 (in the panel's zone without an offset); never the past"),
]
Speed = Annotated[
    float, Field(ge=0, le=MAX_SPEED, allow_inf_nan=False, description="simulated seconds per second; 0 is frozen")
]
Presses = Annotated[int, Field(ge=1, le=MAX_PRESSES, description="three unlock the panel for 15 minutes")]

CircuitId = Annotated[str, Field(min_length=1, max_length=MAX_NAME, description="a circuit's id or name")]
Target = Annotated[
    Annotated[str, Field(min_length=1, max_length=MAX_NAME)] | Annotated[int, Field(ge=1, le=MAX_TABS)] | None,
    Field(description="a circuit's id or name, the number of an unmapped tab, or nothing for every load"),
]
PowerW = Annotated[
    float,
    Field(
        ge=-MAX_OVERRIDE_W,
        le=MAX_OVERRIDE_W,
        allow_inf_nan=False,
        description="W, positive = consumption, held until cleared",
    ),
]
Multiplier = Annotated[
    float, Field(ge=0, le=MAX_MULTIPLIER, allow_inf_nan=False, description="factor on what the load would draw")
]
Powers = Annotated[
    dict[str, PowerW | None],
    Field(max_length=MAX_POWERS, description="W by circuit, positive = consumption; null lets it follow its profile"),
]
RelayPosition: TypeAlias = Literal["OPEN", "CLOSED"]
PriorityIn: TypeAlias = Priority
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, description="share of the capacity, 0 to 1")]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME, description="1 to 128 printable characters")]
Text = Annotated[str, Field(max_length=1_024)]
FaultSpec = Annotated[dict[str, Any], Field(description="a fault, as docs/emulator.md lists them")]
FaultId = Annotated[str, Field(max_length=MAX_NAME, description="the id that adding the fault answered")]
ScenarioName = Annotated[str, Field(min_length=1, max_length=MAX_NAME, description="a shipped scenario")]
Shown = Annotated[int, Field(ge=0, le=MAX_SHOWN, description="of those that match, the newest so many are shown")]

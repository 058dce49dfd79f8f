"""Everything that can be done to a panel. A command is checked against its panel by `emulator.physics.settings`.

Commands are frozen nouns, so that a log of them replays: (configuration, seed, start, log) gives the same bytes again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from emulator.errors import CommandRefusedError as CommandRefusedError  # noqa: PLC0414  # callers catch it from here

Priority: TypeAlias = Literal["MUST_HAVE", "NICE_TO_HAVE", "NON_ESSENTIAL"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)


@dataclass(frozen=True, slots=True)
class SetRelay:
    """Open or close a circuit's relay; refused where the user may not control the circuit."""

    circuit_id: str
    closed: bool


@dataclass(frozen=True, slots=True)
class SetPriority:
    """What happens to the circuit off grid; UNKNOWN is refused."""

    circuit_id: str
    priority: str


@dataclass(frozen=True, slots=True)
class RenameCircuit:
    """Give a circuit another name, of 1 to 128 printable characters."""

    circuit_id: str
    name: str


@dataclass(frozen=True, slots=True)
class SetFlags:
    """Change a circuit's flags; None leaves one as it is."""

    circuit_id: str
    user_controllable: bool | None = None
    sheddable: bool | None = None
    never_backup: bool | None = None


@dataclass(frozen=True, slots=True)
class SetMainRelay:
    """Open the main relay (off grid by choice) or close it."""

    closed: bool


@dataclass(frozen=True, slots=True)
class SetGrid:
    """The utility fails (False) or returns (True)."""

    up: bool


@dataclass(frozen=True, slots=True)
class SetSoc:
    """Set the battery's state of charge, 0 to 1; refused on a panel without a battery."""

    soc: float


@dataclass(frozen=True, slots=True)
class SetSocThresholds:
    """Off grid, NICE_TO_HAVE is shed at `low` and comes back at `high`; both 0 to 1, low <= high."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OverridePower:
    """Hold a load at `power_w` (positive = consumption), or scale what it draws by `multiplier` (0 to 100).

    `target` is a circuit's id, an unmapped tab, or None for every load; with neither value the override is cleared.
    An override may exceed a nameplate. A battery keeps to its own limits whatever is asked of it.
    """

    target: str | int | None
    power_w: float | None = None
    multiplier: float | None = None


@dataclass(frozen=True, slots=True)
class ClearOverrides:
    """Let every load follow its own profile again."""


@dataclass(frozen=True, slots=True)
class Reboot:
    """Restart the panel's computer: uptime and boot clocks begin again, loads and counters go on."""


@dataclass(frozen=True, slots=True)
class SwapSerial:
    """Another panel answers from here on: only the serial changes."""

    serial: str


Command: TypeAlias = (
    SetRelay
    | SetPriority
    | RenameCircuit
    | SetFlags
    | SetMainRelay
    | SetGrid
    | SetSoc
    | SetSocThresholds
    | OverridePower
    | ClearOverrides
    | Reboot
    | SwapSerial
)


@dataclass(frozen=True, slots=True)
class LoggedCommand:
    """A command that was accepted, at `tick`, by whom."""

    tick: int
    by: str
    command: Command

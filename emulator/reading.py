"""What the device shows at one instant: the seam between the physics (device.py) and the wire (wire.py).

Powers are integer milliwatts and positive for consumption, grid power is positive for import, so that the balance
`feedthrough = grid - sum(branches)` is exact in integers. Counters are integer milliwatt-hours; see `Counters`.
Branches and circuits are kept by column, which is what the wire wants, and seen as sequences of their readings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar, overload

from emulator.physics.islanding import Level

T = TypeVar("T")
Column = tuple[int, ...]


class Counters(NamedTuple):
    """Energy since the panel was made, in mWh: rounded down from the exact integral, so they never fall."""

    consumed_mwh: int
    produced_mwh: int


class BranchReading(NamedTuple):
    """One tab. An open branch still shows about 1 W of measuring noise in strict fidelity."""

    tab: int
    is_closed: bool
    power_mw: int
    energy: Counters


class CircuitReading(NamedTuple):
    """One circuit: power at `Reading.tick`, energy at `energy_tick` (older in strict fidelity: the panel lags)."""

    id: str
    name: str
    tabs: tuple[int, ...]
    is_closed: bool
    power_mw: int
    energy: Counters
    energy_tick: int
    priority: str
    is_user_controllable: bool
    is_sheddable: bool
    is_never_backup: bool


class _Rows(Sequence[T]):
    """Columns, seen by row."""

    __slots__ = ()

    def _row(self, index: int) -> T:
        raise NotImplementedError

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        places = range(len(self))[index]
        return self._row(places) if isinstance(places, int) else tuple(self._row(place) for place in places)


@dataclass(frozen=True, slots=True)
class Branches(_Rows[BranchReading]):
    """All tabs in their order, from tab 1."""

    is_closed: tuple[bool, ...]
    power_mw: Column
    consumed_mwh: Column
    produced_mwh: Column

    def __len__(self) -> int:
        return len(self.power_mw)

    def _row(self, index: int) -> BranchReading:
        energy = Counters(self.consumed_mwh[index], self.produced_mwh[index])
        return BranchReading(index + 1, self.is_closed[index], self.power_mw[index], energy)


@dataclass(frozen=True, slots=True)
class Circuits(_Rows[CircuitReading]):
    """All circuits in the order of the configuration; their energies are of one instant, `energy_tick`.

    `labels` are the readings with no numbers in them: what only commands and shedding change.
    """

    labels: tuple[CircuitReading, ...]
    power_mw: Column
    consumed_mwh: Column
    produced_mwh: Column
    energy_tick: int

    def __len__(self) -> int:
        return len(self.labels)

    def _row(self, index: int) -> CircuitReading:
        energy = Counters(self.consumed_mwh[index], self.produced_mwh[index])
        return self.labels[index]._replace(power_mw=self.power_mw[index], energy=energy, energy_tick=self.energy_tick)


@dataclass(frozen=True, slots=True)
class Reading:
    """The whole panel at `tick` (epoch seconds of simulated time). `booted_tick` is when it last started."""

    tick: int
    booted_tick: int
    main_relay_closed: bool
    grid_is_up: bool
    on_battery: bool
    grid_mw: int
    feedthrough_mw: int
    main_meter: Counters
    feedthrough: Counters
    branches: Branches
    circuits: Circuits
    soc: float | None
    soc_low_threshold: float
    soc_high_threshold: float


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happens at `tick`, without dead band, noise or lag; by row of `PanelConfig.placements`."""

    tick: int
    level: Level
    grid_mw: int
    power_mw: tuple[int, ...]
    consumed_mwh: tuple[int, ...]
    produced_mwh: tuple[int, ...]
    imported_mwh: int
    exported_mwh: int

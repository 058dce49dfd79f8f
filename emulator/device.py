"""The panel as a thing in time: ask for a tick, get what its meters show; give it a command at a tick, it obeys.

State is a pure function of (configuration, seed, start, fidelity, command log, tick). Blocks of ticks are computed
ahead and kept; a command drops the rest of its block. Neither block size nor who asks when changes a byte.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from emulator import noise
from emulator.commands import Command, LoggedCommand, RenameCircuit, SetSoc, SwapSerial
from emulator.counters import MWS_PER_MWH, Totals, initial_totals, soc_of
from emulator.energy import Bus, Flows
from emulator.islanding import Level, Stance
from emulator.layout import PanelConfig
from emulator.meters import Meters
from emulator.reading import Reading, Truth
from emulator.settings import Settings, applied, initial_settings

Fidelity = Literal["strict", "ideal"]

BLOCK_TICKS: Final = 128
"""How far ahead a panel that is polled computes. Panels end their blocks at different ticks, not all at once."""
JUMP_CELLS: Final = 65_536
"""Loads times ticks in a block of a long jump: larger ones fall out of the processor's cache."""
MAX_COMMANDS: Final = 10_000
_UNMEASURED: Final = (RenameCircuit, SwapSerial)
"""Commands that touch no meter."""


class Device:
    """One emulated panel. Time is monotone: a tick before the last one asked or commanded is taken as that one."""

    def __init__(
        self,
        config: PanelConfig,
        *,
        seed: int,
        start: int,
        fidelity: Fidelity = "strict",
        block_ticks: int = BLOCK_TICKS,
        max_commands: int = MAX_COMMANDS,
    ) -> None:
        """`start` is epoch seconds of simulated time. Beyond `max_commands` the log forgets its oldest."""
        self.config, self.seed, self.start, self.fidelity = config, seed, start, fidelity
        self.version = 0
        self.commands_dropped = 0
        self._log: deque[LoggedCommand] = deque(maxlen=max_commands)
        self._block_ticks = max(block_ticks, 1)
        self._bus = Bus(config, seed, passes_residual=fidelity == "strict")
        self._meters = Meters(config, seed, self._bus, is_strict=fidelity == "strict")
        self._settings: Settings = initial_settings(config, start)
        self._tick = self._settled = start
        self._stagger = noise.key(seed, config.serial, "block") % self._block_ticks
        self._stance = Stance()
        self._stored = self._bus.bank.initial if self._bus.bank else 0
        self._totals: Totals = initial_totals(config, seed)
        self._meters.refresh(start, self._totals)
        self._block: Flows | None = None
        self._shown: Reading | None = None

    @property
    def serial(self) -> str:
        """The serial now; SwapSerial changes it."""
        return self._settings.serial

    @property
    def settings(self) -> Settings:
        """What commands have set, in force since the last of them."""
        return self._settings

    @property
    def commands(self) -> Sequence[LoggedCommand]:
        """The accepted commands, oldest first. They replay from `start` unless `commands_dropped` is above 0."""
        return tuple(self._log)

    def reading(self, tick: int) -> Reading:
        """What the panel shows at `tick`: powers during that second, counters up to its beginning."""
        self.advance(tick)
        if self._shown is None or self._shown.tick != self._tick:
            self._shown = self._read()
        return self._shown

    def truth(self, tick: int) -> Truth:
        """What the loads do at `tick`, before any meter looks at them."""
        self.advance(tick)
        self._settle()
        block = self._current(0)
        index, totals = self._tick - block.first, self._totals
        return Truth(
            tick=self._tick,
            level=Level(int(block.levels[index])),
            grid_mw=int(block.grid[index]),
            power_mw=tuple(block.power[:, index].tolist()),
            consumed_mwh=tuple((totals.consumed // MWS_PER_MWH).tolist()),
            produced_mwh=tuple((totals.produced // MWS_PER_MWH).tolist()),
            imported_mwh=totals.imported // MWS_PER_MWH,
            exported_mwh=totals.exported // MWS_PER_MWH,
        )

    def advance(self, tick: int) -> None:
        """Let time pass without looking: inside a block that is already computed this costs nothing."""
        while self._tick < tick:
            block = self._current(tick - self._tick)
            end = block.first + len(block.grid)
            self._tick = min(tick, end)
            if self._tick == end:
                self._settle()

    def command(self, tick: int, command: Command, by: str = "") -> None:
        """Obey at `tick`, which is shown anew; CommandRefusedError when it cannot be, and nothing has changed."""
        at = max(tick, self._tick)
        settings = applied(self.config, self._settings, command, at)
        self.advance(at)
        self._settle()
        self._settings = settings
        if isinstance(command, SetSoc) and self._bus.bank is not None:
            self._stored = round(self._bus.bank.capacity * command.soc)
        if not isinstance(command, _UNMEASURED):
            self._meters.refresh(at, self._totals)
        self._block = self._shown = None
        self.commands_dropped += len(self._log) == self._log.maxlen
        self._log.append(LoggedCommand(at, by, command))
        self.version += 1

    def _current(self, ahead: int) -> Flows:
        """The block that the present tick is in, computed if need be: larger when a jump is under way."""
        block = self._block
        if block is None or self._tick >= block.first + len(block.grid):
            ordinary = self._block_ticks - (self._tick + self._stagger) % self._block_ticks
            jump = min(ahead, JUMP_CELLS // len(self.config.placements))
            size = min(max(ordinary, jump), self._bus.room(self._tick))
            block = self._bus.flows(self._settings, self._stance, self._stored, self._tick, size)
            self._block = block
        return block

    def _settle(self) -> None:
        """Bring counters, charge and stance up to the present tick, in the stretches between meter refreshes."""
        block = self._block
        if block is None or self._settled == self._tick:
            return
        for mark in self._meters.marks(block, self._stance.level, self._settled, self._tick):
            self._count(block, mark)
            self._meters.refresh(mark, self._totals)
        self._count(block, self._tick)
        last = self._tick - block.first - 1
        self._stored = int(block.stored[last + 1])
        self._stance = Stance(Level(int(block.levels[last])), int(block.holds[last]))

    def _count(self, block: Flows, until: int) -> None:
        begin, end = self._settled - block.first, until - block.first
        if end > begin:
            self._totals = self._totals.after(block.power[:, begin:end], block.grid[begin:end])
            self._settled = until

    def _read(self) -> Reading:
        self._settle()
        block = self._current(0)
        index = self._tick - block.first
        level = Level(int(block.levels[index]))
        if level is not self._stance.level:
            self._meters.refresh(self._tick, self._totals)
        shown = self._meters.shown(self._settings, level, self._tick, self._totals, block, index)
        bank = self._bus.bank
        return replace(shown, soc=None if bank is None else soc_of(self._stored, bank.capacity))

"""The panel as a thing in time: ask for a tick, get what its meters show; give it a command at a tick, it obeys.

State is a pure function of (configuration, seed, start, fidelity, command log, tick). Blocks of ticks are computed
ahead and kept; a command drops the rest of its block. Neither block size nor who asks when changes a byte.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from emulator.commands import Command, LoggedCommand, RenameCircuit, SetSoc, SwapSerial
from emulator.configuration.layout import PanelConfig
from emulator.physics import noise
from emulator.physics.block import Block, Past
from emulator.physics.counters import MWS_PER_MWH, initial_totals
from emulator.physics.energy import Bus
from emulator.physics.islanding import Stance
from emulator.physics.meters import Meters
from emulator.physics.settings import Settings, applied, initial_settings
from emulator.reading import Reading, Truth

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
        self._tick = start
        self._stagger = noise.key(seed, config.serial, "block") % self._block_ticks
        stored = self._bus.bank.initial if self._bus.bank else 0
        self._past = Past(initial_totals(config, seed), stored, Stance())
        self._meters.refresh(start, self._past.totals)
        self._block: Block | None = None
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
            self._shown = self._meters.shown(self._settings, self._present(), self._tick)
        return self._shown

    def truth(self, tick: int) -> Truth:
        """What the loads do at `tick`, before any meter looks at them."""
        self.advance(tick)
        block = self._present()
        totals = block.totals(self._tick)
        return Truth(
            tick=self._tick,
            level=block.level(self._tick),
            grid_mw=block.grid(self._tick),
            power_mw=tuple(block.power(self._tick)),
            consumed_mwh=tuple((totals.consumed // MWS_PER_MWH).tolist()),
            produced_mwh=tuple((totals.produced // MWS_PER_MWH).tolist()),
            imported_mwh=totals.imported // MWS_PER_MWH,
            exported_mwh=totals.exported // MWS_PER_MWH,
        )

    def advance(self, tick: int) -> None:
        """Let time pass without looking: inside a block that is already computed this costs nothing."""
        while self._tick < tick:
            block = self._present(tick - self._tick)
            self._tick = min(tick, block.end)
            if self._tick == block.end:
                self._settle()

    def command(self, tick: int, command: Command, by: str = "") -> None:
        """Obey at `tick`, which is shown anew; CommandRefusedError when it cannot be, and nothing has changed."""
        at = max(tick, self._tick)
        settings = applied(self.config, self._settings, command, at)
        self.advance(at)
        self._settle()
        self._settings = settings
        if isinstance(command, SetSoc) and self._bus.bank is not None:
            self._past = replace(self._past, stored=round(self._bus.bank.capacity * command.soc))
        if not isinstance(command, _UNMEASURED):
            self._meters.refresh(at, self._past.totals)
        self._shown = None
        self.commands_dropped += len(self._log) == self._log.maxlen
        self._log.append(LoggedCommand(at, by, command))
        self.version += 1

    def _present(self, ahead: int = 0) -> Block:
        """The block that the present tick is in, computed if need be: larger when a jump is under way."""
        if self._block is None:
            ordinary = self._block_ticks - (self._tick + self._stagger) % self._block_ticks
            jump = min(ahead, JUMP_CELLS // len(self.config.placements))
            past, size = self._past, max(ordinary, jump)
            flows = self._bus.flows(self._settings, past.stance, past.stored, self._tick, size)
            self._block = Block(flows, past)
        return self._block

    def _settle(self) -> None:
        """Leave the block: what came of it up to the present tick is the past of what comes next."""
        block = self._block
        if block is not None and block.first < self._tick:
            self._meters.keep_up(block, self._tick)
            self._past = block.past_at(self._tick)
        self._block = None

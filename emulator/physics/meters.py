"""What the meters show of the truth: exactly it (ideal), or as a real panel does (strict).

Strict: a branch below the dead band counts as 0 in its circuit's power; an open branch shows a little noise; circuit
energy is refreshed once a period, so it lags. A captured panel's lag was 623 s at one instant, which says only that the
period is longer; 660 s is our choice. A relay that moves refreshes too, so that an open circuit's energy stands still.
"""

from __future__ import annotations

from emulator.configuration.layout import PanelConfig
from emulator.physics import noise
from emulator.physics.block import Block
from emulator.physics.counters import Totals, soc_of
from emulator.physics.energy import Bus
from emulator.physics.islanding import Level
from emulator.physics.relays import Relays, Standing
from emulator.physics.settings import Settings
from emulator.physics.strip import Strip, Tabs
from emulator.reading import Branches, Circuits, Column, Counters, Reading


class Meters:
    """The meters of one panel, and the circuit energies that they last refreshed."""

    def __init__(self, config: PanelConfig, seed: int, bus: Bus, *, is_strict: bool) -> None:
        self._bus, self._is_strict = bus, is_strict
        self._tabs, self._relays = Tabs(config), Relays(config, bus)
        self._dead_band = config.measuring.dead_band_w * 1000 if is_strict else 0.0
        self._period = config.measuring.energy_period_s
        self._phase = int(noise.chance(noise.key(seed, "meters"), 0) * self._period)
        self._noise_mw = config.measuring.open_noise_w * 1000 if is_strict else 0.0
        self._streams = [noise.key(seed, "branch", tab) for tab in range(config.tabs + 1)]
        self._strip: Strip | None = None

    def refresh(self, tick: int, totals: Totals) -> None:
        """Take the circuits' energies at `tick` as what is shown from now on."""
        self._refreshed_at, self._refreshed = tick, totals
        self._lagging: tuple[Column, Column] | None = None

    def keep_up(self, block: Block, tick: int) -> None:
        """Refresh if that was due since the last time, up to `tick`; the block has all ticks since."""
        due = max(tick - (tick + self._phase) % self._period, block.last_move(tick))
        if self._is_strict and due > self._refreshed_at:
            self.refresh(due, block.totals(due))

    def shown(self, settings: Settings, block: Block, tick: int) -> Reading:
        """The whole reading of a tick in the block."""
        self.keep_up(block, tick)
        strip, level, bank = self._strip_at(block, tick), block.level(tick), self._bus.bank
        standing = self._relays.standing(settings, level)
        powers, consumed, produced = strip.tabs(tick)
        circuits = self._circuits(standing, tick, powers, consumed, produced)
        for tab in standing.open_tabs:
            powers[tab - 1] = self._stray_mw(tab, tick)
        grid, main = block.grid(tick), strip.main(tick)
        return Reading(
            tick=tick,
            booted_tick=settings.booted_tick,
            main_relay_closed=settings.main_closed,
            grid_is_up=settings.grid_up,
            on_battery=level in (Level.BACKUP, Level.SAVING),
            grid_mw=grid,
            feedthrough_mw=grid - sum(powers),
            main_meter=main,
            feedthrough=Counters(main.consumed_mwh - sum(produced), sum(consumed) - main.produced_mwh),
            branches=Branches(standing.is_closed, tuple(powers), tuple(consumed), tuple(produced)),
            circuits=circuits,
            soc=None if bank is None else soc_of(block.stored(tick), bank.capacity),
            soc_low_threshold=settings.soc_low,
            soc_high_threshold=settings.soc_high,
        )

    def _strip_at(self, block: Block, tick: int) -> Strip:
        strip = self._strip
        if strip is None or strip.block is not block or not strip.first <= tick < strip.end:
            strip = self._strip = self._tabs.strip(block, tick)
        return strip

    def _circuits(
        self, standing: Standing, tick: int, powers: list[int], consumed: list[int], produced: list[int]
    ) -> Circuits:
        """From what all tabs show; an open one still shows 0 here, not its noise."""
        dead_band, by_circuit = self._dead_band, self._tabs.by_circuit
        counting = by_circuit([power if abs(power) > dead_band else 0 for power in powers])
        if not self._is_strict:
            return Circuits(standing.labels, counting, by_circuit(consumed), by_circuit(produced), tick)
        if self._lagging is None:
            totals = self._refreshed.consumed, self._refreshed.produced
            self._lagging = by_circuit(self._tabs.energies(totals[0])), by_circuit(self._tabs.energies(totals[1]))
        return Circuits(standing.labels, counting, *self._lagging, self._refreshed_at)

    def _stray_mw(self, tab: int, tick: int) -> int:
        """The noise of an open branch: it counts in no energy."""
        return int(self._noise_mw * (0.5 + noise.chance(self._streams[tab], tick))) if self._noise_mw else 0

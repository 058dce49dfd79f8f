"""The energy counters of one panel, made honest: a snapshot in, the same snapshot with believable totals out.

After a reboot real panels answer once or twice with counters about 8 % too low; a replaced meter starts at zero. Both
would show as energy that was never used. Feed-through is a residual whose counters may fall: it is left as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clients.panel.models import Branch, Circuit, Energy, Snapshot
from server.panel.counter import Counter
from server.panel.limits import Limits


class Counters:
    """All counters by key: `c:<circuit>:<direction>`, `b:<tab>:<direction>`, `m:<direction>`."""

    def __init__(self, limits: Limits, kept: Mapping[str, Any] | None = None) -> None:
        self._limits = limits
        self._counters = _restored(kept or {})

    def honest(self, snapshot: Snapshot, at_s: float, now_s: float) -> Snapshot:
        """The snapshot with totals that never fall or leap. `at_s` is the panel's time, `now_s` our monotonic one."""
        keys_before = len(self._counters)
        circuits = tuple(self._circuit(circuit, at_s, now_s) for circuit in snapshot.circuits)
        branches = tuple(self._branch(branch, at_s, now_s) for branch in snapshot.panel.branches)
        meter = snapshot.panel.main_meter
        consumed_wh, produced_wh = self._pair("m", meter.consumed_wh, meter.produced_wh, at_s, now_s)
        if len(self._counters) > max(keys_before, self._limits.max_counters):
            self._forget_absent(snapshot)
        panel = replace(snapshot.panel, main_meter=Energy(consumed_wh, produced_wh), branches=branches)
        return replace(snapshot, panel=panel, circuits=circuits)

    def kept(self) -> dict[str, list[float]]:
        """What a restart needs, as JSON: per counter the raw value, the offset, and the panel's time in seconds."""
        return {key: [c.raw_wh, c.offset_wh, c.raw_at_s] for key, c in self._counters.items()}

    def _circuit(self, circuit: Circuit, at_s: float, now_s: float) -> Circuit:
        # A circuit's energies lag minutes behind and then catch up at once: their own time tells how much may flow.
        at_s = at_s if circuit.is_virtual else circuit.energy_at.timestamp()
        raw = (circuit.consumed_energy_wh, circuit.produced_energy_wh)
        consumed_wh, produced_wh = shown = self._pair(f"c:{circuit.id}", *raw, at_s, now_s)
        if _is_as_told(shown, raw):
            return circuit
        return replace(circuit, consumed_energy_wh=consumed_wh, produced_energy_wh=produced_wh)

    def _branch(self, branch: Branch, at_s: float, now_s: float) -> Branch:
        raw = (branch.consumed_energy_wh, branch.produced_energy_wh)
        consumed_wh, produced_wh = shown = self._pair(f"b:{branch.tab}", *raw, at_s, now_s)
        if _is_as_told(shown, raw):
            return branch
        return replace(branch, consumed_energy_wh=consumed_wh, produced_energy_wh=produced_wh)

    def _pair(self, key: str, consumed_wh: float, produced_wh: float, at_s: float, now_s: float) -> tuple[float, float]:
        return self._one(f"{key}:consumed", consumed_wh, at_s, now_s), self._one(
            f"{key}:produced", produced_wh, at_s, now_s
        )

    def _one(self, key: str, raw_wh: float, at_s: float, now_s: float) -> float:
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = Counter(raw_wh + 0.0, at_s, now_s)
            return counter.shown_wh
        return counter.read(raw_wh, at_s, now_s, self._limits)

    def _forget_absent(self, snapshot: Snapshot) -> None:
        """Bound the memory: circuits come and go, ids may be anything."""
        present = {f"c:{c.id}" for c in snapshot.circuits} | {f"b:{b.tab}" for b in snapshot.panel.branches} | {"m"}
        self._counters = {k: c for k, c in self._counters.items() if k.rpartition(":")[0] in present}


def _restored(kept: Mapping[str, Any]) -> dict[str, Counter]:
    return {key: Counter(raw_wh, at_s, None, offset_wh) for key, (raw_wh, offset_wh, at_s) in kept.items()}


def _is_as_told(shown: tuple[float, float], raw: tuple[float, float]) -> bool:
    """Whether the panel's own object can be shown as it is; a negative zero cannot."""
    return shown == raw and all(math.copysign(1.0, value) > 0 for value in raw)

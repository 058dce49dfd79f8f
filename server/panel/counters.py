"""The energy counters of one panel, made honest: a snapshot in, the same snapshot with believable totals out.

After a reboot real panels answer once or twice with counters about 8 % too low; a replaced meter starts at zero. Both
would show as energy that was never used. Feed-through is a residual whose counters may fall: it is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clients.panel.models import Branch, Circuit, Energy, Snapshot
from server.panel.counter import Counter
from server.panel.limits import Limits
from server.panel.meter import Meter

DIRECTIONS = ("consumed", "produced")


Key = str | int | None
"""A circuit's id, a branch's tab, or None for the main meter."""


class Counters:
    """The meters of everything on the panel that has one."""

    def __init__(self, limits: Limits, kept: Mapping[str, Any] | None = None) -> None:
        self._limits = limits
        self._meters = _restored(kept or {})

    def honest(self, snapshot: Snapshot, at_s: float, now_s: float) -> Snapshot:
        """The snapshot with totals that never fall or leap. `at_s` is the panel's time, `now_s` our monotonic one."""
        meters_before = len(self._meters)
        circuits = tuple([self._circuit(circuit, at_s, now_s) for circuit in snapshot.circuits])
        branches = tuple([self._branch(branch, at_s, now_s) for branch in snapshot.panel.branches])
        meter = snapshot.panel.main_meter
        main_meter = Energy(*self._read(None, (meter.consumed_wh, meter.produced_wh), at_s, now_s))
        if len(self._meters) > max(meters_before, self._limits.max_counters // 2):
            self._forget_absent(snapshot)
        panel = replace(snapshot.panel, main_meter=main_meter, branches=branches)
        return replace(snapshot, panel=panel, circuits=circuits)

    def kept(self) -> dict[str, list[float]]:
        """What a restart needs, as JSON: per counter the raw value, the offset, and the panel's time in seconds.

        The counters are called `c:<circuit>:<direction>`, `b:<tab>:<direction>` and `m:<direction>`.
        """
        named = ((_name(key), meter) for key, meter in self._meters.items())
        counters = ((f"{name}:{way}", getattr(meter, way)) for name, meter in named for way in DIRECTIONS)
        return {name: [counter.raw_wh, counter.offset_wh, counter.raw_at_s] for name, counter in counters}

    def _circuit(self, circuit: Circuit, at_s: float, now_s: float) -> Circuit:
        # A circuit's energies lag minutes behind and then catch up at once: their own time tells how much may flow.
        at_s = at_s if circuit.is_virtual else circuit.energy_at.timestamp()
        raw_wh = (circuit.consumed_energy_wh, circuit.produced_energy_wh)
        shown_wh = self._read(circuit.id, raw_wh, at_s, now_s)
        if shown_wh is raw_wh:
            return circuit
        return replace(circuit, consumed_energy_wh=shown_wh[0], produced_energy_wh=shown_wh[1])

    def _branch(self, branch: Branch, at_s: float, now_s: float) -> Branch:
        raw_wh = (branch.consumed_energy_wh, branch.produced_energy_wh)
        shown_wh = self._read(branch.tab, raw_wh, at_s, now_s)
        if shown_wh is raw_wh:
            return branch
        return replace(branch, consumed_energy_wh=shown_wh[0], produced_energy_wh=shown_wh[1])

    def _read(self, key: Key, raw_wh: tuple[float, float], at_s: float, now_s: float) -> tuple[float, float]:
        meter = self._meters.get(key)
        if meter is None:
            meter = self._meters[key] = Meter.begun(raw_wh, at_s, now_s)
        return meter.read(raw_wh, at_s, now_s, self._limits)

    def _forget_absent(self, snapshot: Snapshot) -> None:
        """Bound the memory: circuits come and go, ids may be anything."""
        present: set[Key] = {None, *(c.id for c in snapshot.circuits), *(b.tab for b in snapshot.panel.branches)}
        self._meters = {key: meter for key, meter in self._meters.items() if key in present}


def _name(key: Key) -> str:
    if key is None:
        return "m"
    return f"c:{key}" if isinstance(key, str) else f"b:{key}"


def _key(name: str) -> Key:
    kind, _, which = name.partition(":")
    if kind == "m":
        return None
    return which if kind == "c" else int(which)


def _restored(kept: Mapping[str, Any]) -> dict[Key, Meter]:
    counters = {name: Counter(raw_wh, at_s, None, offset_wh) for name, (raw_wh, offset_wh, at_s) in kept.items()}
    names = {name.rpartition(":")[0] for name in counters}
    return {_key(name): Meter(*(counters[f"{name}:{way}"] for way in DIRECTIONS)) for name in names}

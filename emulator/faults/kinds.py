"""The kinds of faults there are, by the word that asks for them."""

from __future__ import annotations

from typing import Final

from emulator.faults.body import InvalidJson, Truncated
from emulator.faults.connection import Close, Hang, KeepAlive, Offline, Reset
from emulator.faults.content import EnergyDip, MissingCircuit, UnknownStates, WrongTypes
from emulator.faults.effect import Effect
from emulator.faults.status import Status
from emulator.faults.waiting import Drip, Latency

KINDS: Final[dict[str, type[Effect]]] = {
    "status": Status,
    "latency": Latency,
    "drip": Drip,
    "hang": Hang,
    "reset": Reset,
    "close": Close,
    "keep_alive": KeepAlive,
    "offline": Offline,
    "truncated": Truncated,
    "invalid_json": InvalidJson,
    "wrong_types": WrongTypes,
    "missing_circuit": MissingCircuit,
    "unknown_states": UnknownStates,
    "energy_dip": EnergyDip,
}

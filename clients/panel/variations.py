"""The first way of span-panel-api to bend a simulated panel: arguments of one call, which change that answer alone.

A variation v of a power or energy scales it by a factor drawn evenly from [1 - v, 1 + v]; the one of the grid power is
no range but the change itself. A relay that a variation opens shows no power. Names are those of release 1.1.3,
`wwwan_link` included. Each function raises SpanPanelRequestError for a key it does not know or a value that cannot be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any, TypeAlias

from clients.panel.exceptions import SpanPanelRequestError
from clients.panel.models import (
    Branch,
    Circuit,
    Circuits,
    DoorState,
    PanelState,
    Priority,
    RelayState,
    Status,
    Storage,
)

Variation: TypeAlias = Mapping[str, Any]

LARGEST = 1_000.0

STATUS = {
    "door_state": ("door_state", DoorState),
    "proximity_proven": ("proximity_proven", bool),
    "eth0_link": ("eth0_link", bool),
    "wlan_link": ("wlan_link", bool),
    "wwwan_link": ("wwan_link", bool),
}
PANEL = {
    "main_relay_state": ("main_relay_state", RelayState),
    "dsm_grid_state": ("dsm_grid_state", str),
    "dsm_state": ("dsm_state", str),
}
CIRCUIT = {"relay_state": ("relay_state", RelayState), "priority": ("priority", Priority)}
BRANCH = {"relay_state": ("relay_state", RelayState)}


def status(seen: Status, variation: Variation | None) -> Status:
    """Door, proximity and network links as the variation says."""
    return replace(seen, **_states(variation or {}, STATUS))


def panel_state(
    seen: PanelState,
    dice: Random,
    by_tab: Mapping[int, Variation] | None,
    whole: Variation | None,
    power: float | None,
) -> PanelState:
    """States and grid power of the whole panel, then each branch by its own variation or by `power`."""
    whole, by_tab = whole or {}, by_tab or {}
    _refuse_strangers(by_tab, {branch.tab for branch in seen.branches}, "branch")
    change = _amount(whole, "instant_grid_power_variation")
    return replace(
        seen,
        **_states(whole, PANEL, "instant_grid_power_variation"),
        grid_power_w=seen.grid_power_w * (1 + (change or 0.0)),
        branches=tuple(_branch(branch, dice, by_tab.get(branch.tab, {}), power) for branch in seen.branches),
    )


def _branch(seen: Branch, dice: Random, variation: Variation, power: float | None) -> Branch:
    states = _states(variation, BRANCH, "power_variation")
    factor = _factor(dice, _amount(variation, "power_variation", power))
    return replace(seen, **states, power_w=0.0 if _opens(states) else seen.power_w * factor)


def circuits(
    seen: Circuits,
    dice: Random,
    by_id: Mapping[str, Variation] | None,
    power: float | None,
    energy: float | None,
) -> Circuits:
    """Each circuit, virtual ones too, by its own variation or by `power` and `energy`."""
    by_id = by_id or {}
    found = seen.additional_properties
    _refuse_strangers(by_id, found, "circuit")
    return Circuits({key: _circuit(found[key], dice, by_id.get(key, {}), power, energy) for key in found})


def _circuit(seen: Circuit, dice: Random, variation: Variation, power: float | None, energy: float | None) -> Circuit:
    states = _states(variation, CIRCUIT, "power_variation", "energy_variation")
    power_factor = _factor(dice, _amount(variation, "power_variation", power))
    amount = _amount(variation, "energy_variation", energy)
    return replace(
        seen,
        **states,
        power_w=0.0 if _opens(states) else seen.power_w * power_factor,
        consumed_energy_wh=seen.consumed_energy_wh * max(0.0, _factor(dice, amount)),
        produced_energy_wh=seen.produced_energy_wh * max(0.0, _factor(dice, amount)),
    )


def storage(seen: Storage, dice: Random, amount: float | None) -> Storage:
    """The charge scaled like a power, kept within 0 and 1."""
    factor = _factor(dice, _amount({"soe_variation": amount}, "soe_variation"))
    return seen if seen.soc is None else replace(seen, soc=min(1.0, max(0.0, seen.soc * factor)))


def _states(variation: Variation, known: Mapping[str, tuple[str, type]], *amounts: str) -> dict[str, Any]:
    """The fields to replace, each value checked against its kind."""
    _refuse_strangers(variation, {*known, *amounts}, "variation")
    return {known[key][0]: _value(key, value, known[key][1]) for key, value in variation.items() if key in known}


def _value(key: str, value: object, kind: type) -> object:
    try:
        if isinstance(value, bool if kind is bool else str):
            return kind(value)
    except ValueError:
        pass
    raise SpanPanelRequestError(f"variation {key} {value!r:.80} is not a {kind.__name__}")


def _amount(variation: Variation, key: str, otherwise: float | None = None) -> float | None:
    amount: object = variation.get(key, otherwise)
    if amount is None:
        return None
    if isinstance(amount, int | float) and not isinstance(amount, bool) and -LARGEST <= amount <= LARGEST:
        return amount
    raise SpanPanelRequestError(f"{key} {amount!r:.80} is not a number from -{LARGEST:g} to {LARGEST:g}")


def _factor(dice: Random, amount: float | None) -> float:
    return 1.0 if amount is None else 1 + dice.uniform(-amount, amount)


def _opens(states: Mapping[str, object]) -> bool:
    return states.get("relay_state") == RelayState.OPEN


def _refuse_strangers(given: Mapping[Any, object], known: object, what: str) -> None:
    strangers = [key for key in given if key not in known]  # type: ignore[operator]
    if strangers:
        raise SpanPanelRequestError(f"no such {what}: {strangers[0]!r:.80}")

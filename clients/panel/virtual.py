"""Circuits for the tabs that belong to none, so that every branch of the panel is seen: solar is often one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from clients.panel.models import Branch, Circuit, Priority, RelayState

PREFIX = "unmapped_tab_"


def with_unmapped_tabs(
    circuits: Mapping[str, Circuit], branches: Iterable[Branch], now: datetime
) -> dict[str, Circuit]:
    """The circuits, then one virtual circuit for each branch whose tab none of them names.

    A branch has no time of day of its own: it gets the newest power reading's, or `now` where there is none.
    """
    mapped = {tab for circuit in circuits.values() for tab in circuit.tabs}
    at = max((circuit.power_at for circuit in circuits.values()), default=now)
    unmapped = [_virtual(branch, at) for branch in branches if branch.tab not in mapped]
    return dict(circuits) | {circuit.id: circuit for circuit in unmapped if circuit.id not in circuits}


def _virtual(branch: Branch, at: datetime) -> Circuit:
    """Its relay is UNKNOWN: nothing says whether the tab has one of its own."""
    return Circuit(
        id=f"{PREFIX}{branch.tab}",
        name=f"Unmapped Tab {branch.tab}",
        relay_state=RelayState.UNKNOWN,
        priority=Priority.UNKNOWN,
        power_w=branch.power_w,
        power_at=at,
        consumed_energy_wh=branch.consumed_energy_wh,
        produced_energy_wh=branch.produced_energy_wh,
        energy_at=at,
        tabs=(branch.tab,),
        is_user_controllable=False,
        is_sheddable=False,
        is_never_backup=False,
        is_virtual=True,
    )

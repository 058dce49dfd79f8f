from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from clients.panel.models import Branch, Energy, RelayState
from server.panel.counters import Counters
from server.panel.limits import Limits
from tests.fakes import EPOCH
from tests.server.panel.world import a_circuit, a_snapshot

AT_S = EPOCH.timestamp()


def a_branch(consumed_wh: float) -> Branch:
    return Branch(1, RelayState.CLOSED, 150.0, consumed_wh, 0.0, 0, 28, is_measure_valid=True)


def a_panel(consumed_wh: float, *, seconds: float = 0.0):
    at = EPOCH + timedelta(seconds=seconds)
    circuit = a_circuit(consumed_energy_wh=consumed_wh, power_at=at, energy_at=at)
    meter = Energy(consumed_wh, 0.0)
    return a_snapshot(circuit, main_meter=meter, branches=(a_branch(consumed_wh),), feedthrough=meter)


def totals(snapshot) -> tuple[float, ...]:
    panel = snapshot.panel
    return (
        snapshot.circuits[0].consumed_energy_wh,
        panel.branches[0].consumed_energy_wh,
        panel.main_meter.consumed_wh,
    )


def test_r19_circuits_branches_and_main_meter_are_all_held_during_a_glitch() -> None:
    counters = Counters(Limits())
    counters.honest(a_panel(50_000.0), AT_S, 0.0)

    shown = counters.honest(a_panel(46_000.0, seconds=1), AT_S + 1, 1.0)

    assert totals(shown) == (50_000.0,) * 3


def test_the_feedthrough_is_a_residual_and_left_as_it_is() -> None:
    counters = Counters(Limits())
    counters.honest(a_panel(50_000.0), AT_S, 0.0)

    shown = counters.honest(a_panel(46_000.0, seconds=1), AT_S + 1, 1.0)

    assert shown.panel.feedthrough.consumed_wh == 46_000.0


def test_r19_a_circuit_whose_energy_lags_minutes_may_catch_up_at_once() -> None:
    counters = Counters(Limits())
    late = a_circuit(energy_at=EPOCH - timedelta(seconds=623))
    counters.honest(a_snapshot(late), AT_S, 0.0)

    caught_up = replace(
        late, energy_at=EPOCH + timedelta(seconds=1), consumed_energy_wh=late.consumed_energy_wh + 4_000
    )
    shown = counters.honest(a_snapshot(caught_up), AT_S + 1, 1.0)

    assert shown.circuits[0] == caught_up


def test_r19_a_restart_keeps_what_earlier_resets_took_away() -> None:
    before = Counters(Limits(reset_after_s=0, reset_after_polls=2))
    for second, total in enumerate((50_000.0, 0.0, 1.0, 2.0)):
        shown = before.honest(a_panel(total, seconds=second), AT_S + second, second)

    after = Counters(Limits(), before.kept()).honest(a_panel(3.0, seconds=9), AT_S + 9, 0.0)

    assert totals(shown) == (50_002.0,) * 3
    assert totals(after) == (50_003.0,) * 3


def test_an_honest_circuit_is_shown_as_it_came() -> None:
    counters = Counters(Limits())
    circuit = a_circuit(consumed_energy_wh=5.0, produced_energy_wh=1.0)

    assert counters.honest(a_snapshot(circuit), AT_S, 0.0).circuits[0] is circuit


def test_r19_a_negative_zero_is_shown_as_zero() -> None:
    circuit = a_circuit(consumed_energy_wh=5.0, produced_energy_wh=-0.0)
    shown = Counters(Limits()).honest(a_snapshot(circuit), AT_S, 0.0).circuits[0]

    assert (shown.consumed_energy_wh, str(shown.produced_energy_wh)) == (5.0, "0.0")


def test_counters_of_circuits_that_are_gone_do_not_pile_up() -> None:
    counters = Counters(Limits(max_counters=50))

    for second in range(200):
        counters.honest(a_snapshot(a_circuit(f"circuit-{second}")), AT_S + second, second)

    assert len(counters.kept()) <= 50

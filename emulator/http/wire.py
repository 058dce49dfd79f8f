"""The device's reading as the panel's exact JSON: signs, units and spelling change here and nowhere else.

The panel shows loads negative and sources positive on branches and circuits, import positive on the grid. Integers of
mW and mWh are divided by 1000 after signs and sums are settled, so each number prints as the exact decimal, the laws
of balance hold to the last digit when the JSON is read as decimals, and no `-0.0` can arise.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, cast

import orjson

from emulator.auth import Client
from emulator.http import objects
from emulator.http.form import HOLE, Form
from emulator.http.sampling import Sample, sweep
from emulator.reading import CircuitReading, Counters, Reading

MAX_FORMS: Final = 1024
"""As many panels as one process is made for, each with its relays in other places; 10 kB a form."""

_HOLES: objects.Energy = {"producedEnergyWh": HOLE, "consumedEnergyWh": HOLE}

ENDPOINT_GROUPS: objects.EndpointGroups = {
    "delete": ["auth"],
    "get": ["auth", "circuits", "panel", "status", "storage", "wifi"],
    "post": ["auth", "circuits", "panel", "storage", "wifi"],
    "push": [],
}


def status(system: objects.System, firmware_version: str) -> objects.Status:
    """Who the panel is, idle and wired."""
    return {
        "software": {"firmwareVersion": firmware_version, "updateStatus": "idle", "env": "prod"},
        "system": system,
        "network": {"eth0Link": True, "wlanLink": True, "wwanLink": False},
    }


def panel(reading: Reading, samples: Sequence[Sample]) -> orjson.Fragment:
    """An `objects.Panel`, the whole panel; `samples` holds one entry per branch."""
    whole, branches = sweep(uptime_s(reading)), reading.branches
    main, through = reading.main_meter, reading.feedthrough
    form = _panel_form(
        branches.is_closed,
        main_closed=reading.main_relay_closed,
        grid_up=reading.grid_is_up,
        on_battery=reading.on_battery,
    )
    return form.filled(
        (
            *(main.produced_mwh / 1000, main.consumed_mwh / 1000),
            *(reading.grid_mw / 1000, reading.feedthrough_mw / 1000),
            *(through.produced_mwh / 1000, through.consumed_mwh / 1000),
            *(whole.start_ms, whole.start_ms + whole.duration_ms),
        ),
        (
            [-power_mw / 1000 for power_mw in branches.power_mw],
            [produced_mwh / 1000 for produced_mwh in branches.produced_mwh],
            [consumed_mwh / 1000 for consumed_mwh in branches.consumed_mwh],
            [sample.start_ms for sample in samples],
            [sample.duration_ms for sample in samples],
        ),
    )


def power(reading: Reading) -> objects.PanelPower:
    """The panel's two powers."""
    return {"instantGridPowerW": reading.grid_mw / 1000, "feedthroughPowerW": reading.feedthrough_mw / 1000}


def meter(reading: Reading) -> objects.PanelMeter:
    """The panel's two meters."""
    return {"mainMeter": energy(reading.main_meter), "feedthrough": energy(reading.feedthrough)}


def main_relay(reading: Reading) -> objects.MainRelay:
    """The main relay's position."""
    return {"relayState": relay(closed=reading.main_relay_closed)}


def circuits(reading: Reading) -> orjson.Fragment:
    """An `objects.Circuits`, all circuits by id."""
    shown, count = reading.circuits, len(reading.circuits)
    columns = (
        [-power_mw / 1000 for power_mw in shown.power_mw],
        [reading.tick] * count,
        [produced_mwh / 1000 for produced_mwh in shown.produced_mwh],
        [consumed_mwh / 1000 for consumed_mwh in shown.consumed_mwh],
        [shown.energy_tick] * count,
    )
    return _circuits_form(shown.labels).filled((), columns)


def circuit(found: CircuitReading, tick: int) -> objects.Circuit:
    """One circuit: its power of `tick`, its energies of its own `energy_tick`."""
    return _circuit(found, -found.power_mw / 1000, tick, energy(found.energy), found.energy_tick)


def state_of_energy(reading: Reading) -> objects.StateOfEnergy:
    """The battery's charge in whole per cent; nothing inside when there is no battery."""
    return {"soe": {} if reading.soc is None else charge(reading.soc)}


def thresholds(reading: Reading) -> objects.Thresholds:
    """Where NICE_TO_HAVE circuits are shed and return."""
    return {
        "nice_to_have_threshold_low_soe": charge(reading.soc_low_threshold),
        "nice_to_have_threshold_high_soe": charge(reading.soc_high_threshold),
    }


def islanding(reading: Reading) -> objects.Islanding:
    """Whether the home runs by itself."""
    return {"islanding_state": "ON_GRID" if is_on_grid(reading) else "ISLANDED"}


def client(registered: Client) -> objects.Client:
    """A registered client, without its token."""
    shown: objects.Client = {"issued_at": registered.issued_tick, "allowed_endpoint_groups": ENDPOINT_GROUPS}
    return shown if registered.description is None else {"description": registered.description, **shown}


def token(registered: Client) -> objects.Token:
    """What registering answers, the only place where the token shows."""
    return {"accessToken": registered.token, "tokenType": "bearer", "iatMs": registered.issued_tick * 1000}


def uptime_s(reading: Reading) -> int:
    """Seconds since the panel booted."""
    return reading.tick - reading.booted_tick


def is_on_grid(reading: Reading) -> bool:
    """The grid is there and the main relay connects to it."""
    return reading.grid_is_up and reading.main_relay_closed


def relay(*, closed: bool) -> objects.RelayState:
    """A relay's position by its name."""
    return "CLOSED" if closed else "OPEN"


def energy(counters: Counters) -> objects.Energy:
    """Two counters in Wh."""
    return {"producedEnergyWh": counters.produced_mwh / 1000, "consumedEnergyWh": counters.consumed_mwh / 1000}


def charge(fraction: float) -> objects.Charge:
    """A fraction of the battery's capacity in whole per cent."""
    return {"percentage": round(fraction * 100)}


@lru_cache(maxsize=MAX_FORMS)
def _circuits_form(labels: tuple[CircuitReading, ...]) -> Form:
    """What is around the numbers, which are for each circuit those of `_circuit` in its order."""
    return Form({"circuits": {label.id: _circuit(label, HOLE, HOLE, _HOLES, HOLE) for label in labels}})


def _circuit(
    label: CircuitReading, power_w: float, tick: int, energies: objects.Energy, energy_tick: int
) -> objects.Circuit:
    return {
        "id": label.id,
        "name": label.name,
        "relayState": relay(closed=label.is_closed),
        "instantPowerW": power_w,
        "instantPowerUpdateTimeS": tick,
        **energies,
        "energyAccumUpdateTimeS": energy_tick,
        "tabs": list(label.tabs),
        "priority": cast("objects.Priority", label.priority),
        "isUserControllable": label.is_user_controllable,
        "isSheddable": label.is_sheddable,
        "isNeverBackup": label.is_never_backup,
    }


@lru_cache(maxsize=MAX_FORMS)
def _panel_form(is_closed: tuple[bool, ...], *, main_closed: bool, grid_up: bool, on_battery: bool) -> Form:
    """What is around the numbers, which are the panel's and then those of each branch in its order."""
    on_grid = main_closed and grid_up
    shown: objects.Panel = {
        "mainRelayState": relay(closed=main_closed),
        "mainMeterEnergy": _HOLES,
        "instantGridPowerW": HOLE,
        "feedthroughPowerW": HOLE,
        "feedthroughEnergy": _HOLES,
        "gridSampleStartMs": HOLE,
        "gridSampleEndMs": HOLE,
        "dsmGridState": "DSM_GRID_UP" if grid_up else "DSM_GRID_DOWN",
        "dsmState": "DSM_ON_GRID" if on_grid else "DSM_OFF_GRID",
        "currentRunConfig": "PANEL_ON_GRID" if on_grid else "PANEL_BACKUP" if on_battery else "PANEL_OFF_GRID",
        "branches": [_branch(tab, closed=closed) for tab, closed in enumerate(is_closed, start=1)],
    }
    return Form(shown)


def _branch(tab: int, *, closed: bool) -> objects.Branch:
    return {
        "id": tab,
        "relayState": relay(closed=closed),
        "instantPowerW": HOLE,
        "importedActiveEnergyWh": HOLE,
        "exportedActiveEnergyWh": HOLE,
        "measureStartTsMs": HOLE,
        "measureDurationMs": HOLE,
        "isMeasureValid": True,
    }

"""The device's reading as the panel's exact JSON: signs, units and spelling change here and nowhere else.

The panel shows loads negative and sources positive on branches and circuits, import positive on the grid. Integers of
mW and mWh are divided by 1000 after signs and sums are settled, so each number prints as the exact decimal, the laws
of balance hold to the last digit when the JSON is read as decimals, and no `-0.0` can arise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from emulator import objects
from emulator.auth import Client
from emulator.reading import BranchReading, CircuitReading, Counters, Reading
from emulator.sampling import Sample, sweep

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


def panel(reading: Reading, samples: Sequence[Sample]) -> objects.Panel:
    """The whole panel; `samples` holds one entry per branch."""
    whole = sweep(uptime_s(reading))
    return {
        "mainRelayState": relay(closed=reading.main_relay_closed),
        "mainMeterEnergy": energy(reading.main_meter),
        "instantGridPowerW": reading.grid_mw / 1000,
        "feedthroughPowerW": reading.feedthrough_mw / 1000,
        "feedthroughEnergy": energy(reading.feedthrough),
        "gridSampleStartMs": whole.start_ms,
        "gridSampleEndMs": whole.start_ms + whole.duration_ms,
        "dsmGridState": "DSM_GRID_UP" if reading.grid_is_up else "DSM_GRID_DOWN",
        "dsmState": "DSM_ON_GRID" if is_on_grid(reading) else "DSM_OFF_GRID",
        "currentRunConfig": run_config(reading),
        "branches": [_branch(branch, sample) for branch, sample in zip(reading.branches, samples, strict=True)],
    }


def power(reading: Reading) -> objects.PanelPower:
    """The panel's two powers."""
    return {"instantGridPowerW": reading.grid_mw / 1000, "feedthroughPowerW": reading.feedthrough_mw / 1000}


def meter(reading: Reading) -> objects.PanelMeter:
    """The panel's two meters."""
    return {"mainMeter": energy(reading.main_meter), "feedthrough": energy(reading.feedthrough)}


def main_relay(reading: Reading) -> objects.MainRelay:
    """The main relay's position."""
    return {"relayState": relay(closed=reading.main_relay_closed)}


def circuits(reading: Reading) -> objects.Circuits:
    """All circuits by id."""
    return {"circuits": {found.id: circuit(found, reading.tick) for found in reading.circuits}}


def circuit(found: CircuitReading, tick: int) -> objects.Circuit:
    """One circuit: its power of `tick`, its energies of its own `energy_tick`."""
    return {
        "id": found.id,
        "name": found.name,
        "relayState": relay(closed=found.is_closed),
        "instantPowerW": -found.power_mw / 1000,
        "instantPowerUpdateTimeS": tick,
        "producedEnergyWh": found.energy.produced_mwh / 1000,
        "consumedEnergyWh": found.energy.consumed_mwh / 1000,
        "energyAccumUpdateTimeS": found.energy_tick,
        "tabs": list(found.tabs),
        "priority": cast("objects.Priority", found.priority),
        "isUserControllable": found.is_user_controllable,
        "isSheddable": found.is_sheddable,
        "isNeverBackup": found.is_never_backup,
    }


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


def run_config(reading: Reading) -> str:
    """What the panel calls the way it is fed."""
    if is_on_grid(reading):
        return "PANEL_ON_GRID"
    return "PANEL_BACKUP" if reading.on_battery else "PANEL_OFF_GRID"


def relay(*, closed: bool) -> objects.RelayState:
    """A relay's position by its name."""
    return "CLOSED" if closed else "OPEN"


def energy(counters: Counters) -> objects.Energy:
    """Two counters in Wh."""
    return {"producedEnergyWh": counters.produced_mwh / 1000, "consumedEnergyWh": counters.consumed_mwh / 1000}


def charge(fraction: float) -> objects.Charge:
    """A fraction of the battery's capacity in whole per cent."""
    return {"percentage": round(fraction * 100)}


def _branch(branch: BranchReading, sample: Sample) -> objects.Branch:
    return {
        "id": branch.tab,
        "relayState": relay(closed=branch.is_closed),
        "instantPowerW": -branch.power_mw / 1000,
        "importedActiveEnergyWh": branch.energy.produced_mwh / 1000,
        "exportedActiveEnergyWh": branch.energy.consumed_mwh / 1000,
        "measureStartTsMs": sample.start_ms,
        "measureDurationMs": sample.duration_ms,
        "isMeasureValid": True,
    }

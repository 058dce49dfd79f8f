"""What a panel answers on the wire, as small as the contract allows. Raw signs: what draws power is negative."""

from __future__ import annotations

from typing import Any

HOST = "192.168.1.100"
BASE = f"http://{HOST}/api/v1"
TOKEN = "canary-token-5f2b"


def status() -> dict[str, Any]:
    return {
        "software": {"firmwareVersion": "spanos2/r202518/04", "updateStatus": "idle", "env": "prod"},
        "system": {
            "manufacturer": "Span",
            "serial": "sp-0042",
            "model": "00200",
            "doorState": "CLOSED",
            "proximityProven": False,
            "uptime": 1_666_224,
        },
        "network": {"eth0Link": True, "wlanLink": True, "wwanLink": False},
    }


def branch(tab: int, power_w: float = -75.0) -> dict[str, Any]:
    return {
        "id": tab,
        "relayState": "CLOSED",
        "instantPowerW": power_w,
        "importedActiveEnergyWh": 10.0 * tab,
        "exportedActiveEnergyWh": 1_000.0 * tab,
        "measureStartTsMs": 1_666_130_731 + tab,
        "measureDurationMs": 25,
        "isMeasureValid": True,
    }


def panel(*branches: dict[str, Any]) -> dict[str, Any]:
    return {
        "mainRelayState": "CLOSED",
        "mainMeterEnergy": {"producedEnergyWh": 6_000_000.5, "consumedEnergyWh": 5_688_566.25},
        "instantGridPowerW": -2_688.5,
        "feedthroughPowerW": 12.25,
        "feedthroughEnergy": {"producedEnergyWh": 7.0, "consumedEnergyWh": -540_317.4},
        "gridSampleStartMs": 1_666_130_700,
        "gridSampleEndMs": 1_666_130_725,
        "dsmGridState": "DSM_GRID_UP",
        "dsmState": "DSM_ON_GRID",
        "currentRunConfig": "PANEL_ON_GRID",
        "branches": list(branches or (branch(1), branch(2), branch(3), branch(4), branch(5, 2_500.0))),
    }


def circuit(circuit_id: str = "1", name: str = "Main Kitchen", tabs: tuple[int, ...] = (1, 3)) -> dict[str, Any]:
    return {
        "id": circuit_id,
        "name": name,
        "relayState": "CLOSED",
        "instantPowerW": -150.0,
        "instantPowerUpdateTimeS": 1_752_430_935,
        "producedEnergyWh": 40.5,
        "consumedEnergyWh": 4_000.25,
        "energyAccumUpdateTimeS": 1_752_430_312,
        "tabs": list(tabs),
        "priority": "MUST_HAVE",
        "isUserControllable": True,
        "isSheddable": True,
        "isNeverBackup": False,
    }


def circuits(*found: dict[str, Any]) -> dict[str, Any]:
    rows = found or (circuit(), circuit("2", "Hall", (2,)), circuit("3", "Shed", (4,)))
    return {"circuits": {row["id"]: row for row in rows}}


def soe(percentage: int = 85) -> dict[str, Any]:
    return {"soe": {"percentage": percentage}}


def token() -> dict[str, Any]:
    return {"accessToken": TOKEN, "tokenType": "bearer", "iatMs": 1_752_430_935_123}


def api_client() -> dict[str, Any]:
    groups = {"get": ["circuits"], "post": ["circuits"], "push": [], "delete": []}
    return {"description": "a poller", "issued_at": 1_752_430_935, "allowed_endpoint_groups": groups}


def access_point() -> dict[str, Any]:
    return {
        "bssid": "02:00:5e:10:00:01",
        "ssid": "House",
        "signal": -48,
        "frequency": "5180",
        "encrypted": True,
        "connected": True,
        "error": "",
    }

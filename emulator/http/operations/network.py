"""Wireless networks, of which the emulator always sees the same, and the spaces, which were given up."""

from __future__ import annotations

from emulator.http import objects
from emulator.http.bodies import WifiIn
from emulator.http.operations.call import Call


def _access_point(bssid: str, ssid: str, signal: int, frequency: str, *, connected: bool) -> objects.AccessPoint:
    return {
        "bssid": bssid,
        "ssid": ssid,
        "signal": signal,
        "frequency": frequency,
        "encrypted": True,
        "connected": connected,
        "error": "",
    }


ACCESS_POINTS: tuple[objects.AccessPoint, ...] = (
    _access_point("02:00:5e:10:00:01", "Busbar House", -48, "5180", connected=True),
    _access_point("02:00:5e:10:00:02", "Workshop", -61, "2437", connected=False),
    _access_point("02:00:5e:10:00:03", "Neighbour", -83, "2412", connected=False),
)


def scan(_: Call[None]) -> objects.AccessPoints:
    """List the wireless networks in reach."""
    return {"accessPoints": list(ACCESS_POINTS)}


def connect(call: Call[WifiIn]) -> objects.WifiConnection:
    """Try to join a wireless network; any key fits those in reach, and the list of `scan` stays as it is."""
    for point in ACCESS_POINTS:
        if point["ssid"] == call.body.ssid:
            return _connection(point["bssid"], point["ssid"], point["signal"], "")
    return _connection("", call.body.ssid, 0, "no such network in reach")


def space(_: Call[None]) -> objects.Nothing:
    """Answer an empty object: spaces are deprecated and do nothing."""
    return {}


def _connection(bssid: str, ssid: str, signal: int, error: str) -> objects.WifiConnection:
    return {
        "bssid": bssid,
        "ssid": ssid,
        "signal": signal,
        "encrypted": True,
        "connected": not error,
        "error": error,
    }

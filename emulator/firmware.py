"""How firmware releases differ in what their HTTP face answers."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.errors import UnknownFirmwareError

API = "/api/v1"

SUNSET_TICK = 1_798_761_600
"""2027-01-01T00:00Z: after the last day of v1, 2026-12-31, it is gone from the releases that announced it."""


@dataclass(frozen=True, slots=True)
class Firmware:
    """One release: statuses and headers that clients have met in the field."""

    name: str
    version: str
    summary: str
    missing_token_status: int = 401
    locked_status: int = 403
    priority_needs_battery: bool = False
    announces_sunset: bool = False

    def headers(self, path: str) -> tuple[tuple[bytes, bytes], ...]:
        """What each answer at `path` carries beside its type and length."""
        if not self.announces_sunset or not path.startswith(API):
            return ()
        sunset = ((b"deprecation", b"true"), (b"sunset", b"2026-12-31"))
        if not path.startswith(f"{API}/auth"):
            return sunset
        successor = path.replace(API, "/api/v2", 1).encode("ascii", "replace")
        return (*sunset, (b"link", b"<" + successor + b'>; rel="successor-version"'))

    def moved_to(self, path: str) -> str | None:
        """Where a page of the documentation went (301), in the releases that moved it."""
        if self.announces_sunset and path in {f"{API}/openapi.json", f"{API}/docs"}:
            return path.replace("/v1", "", 1)
        return None

    def has_ended(self, tick: int) -> bool:
        """Whether v1 is over at the panel's time `tick`: everything is 404 then."""
        return self.announces_sunset and tick >= SUNSET_TICK


DEFAULT_FIRMWARE = "r202518"

FIRMWARES = {
    firmware.name: firmware
    for firmware in (
        Firmware(
            "r202318",
            "spanos2/r202318/01",
            "412 without a token; 500 on setting a priority without a battery",
            missing_token_status=412,
            priority_needs_battery=True,
        ),
        Firmware(
            "r202342",
            "spanos2/r202342/04",
            "401 without a token; 500 on setting a priority without a battery",
            priority_needs_battery=True,
        ),
        Firmware("r202518", "spanos2/r202518/04", "401 without a token; the last release with v1 alone"),
        Firmware(
            "r202603",
            "spanos2/r202603/05",
            "announces the end of v1 in its headers, moved its documentation, 404 everywhere from 2027 on",
            announces_sunset=True,
        ),
    )
}


def firmware_named(name: str) -> Firmware:
    """The release of that name; UnknownFirmwareError."""
    if name not in FIRMWARES:
        raise UnknownFirmwareError(f"firmware {name!r} is not emulated; there are {', '.join(FIRMWARES)}")
    return FIRMWARES[name]

"""What a capture must not show: tokens, the names and addresses of wireless networks and, on request, the serial."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from clients.panel.link import BASE
from clients.panel.recording import Exchange

HIDDEN = b"[redacted]"
STATUS, NETWORKS = f"{BASE}/status", f"{BASE}/wifi/scan"


class Redaction:
    """Takes the secrets out of answers. All else stays as it came, byte for byte."""

    def __init__(self, *, serial: str, token: str, new_serial: str | None = None) -> None:
        """`new_serial` replaces `serial` everywhere; should another panel answer later, its serial gets a number."""
        self._token = token.encode()
        self._new_serial = new_serial
        self._serials: dict[bytes, bytes] = {}
        self._meet(serial)
        self.shown_serial = new_serial or serial

    def of(self, exchange: Exchange) -> Exchange:
        """The exchange without secrets."""
        if exchange.path == STATUS:
            self._meet(_serial(exchange.body))
        body = _without_networks(exchange.body) if exchange.path == NETWORKS else exchange.body
        headers = {name: self._clean(value.encode()).decode() for name, value in exchange.headers.items()}
        return replace(exchange, headers=headers, body=self._clean(body))

    def _meet(self, serial: str) -> None:
        if self._new_serial and serial:
            number = len(self._serials) + 1
            shown = self._new_serial if number == 1 else f"{self._new_serial}-{number}"
            self._serials.setdefault(serial.encode(), shown.encode())

    def _clean(self, text: bytes) -> bytes:
        text = text.replace(self._token, HIDDEN)
        for serial in sorted(self._serials, key=len, reverse=True):  # one may begin with another
            text = text.replace(serial, self._serials[serial])
        return text


def _serial(body: bytes) -> str:
    """The serial that a status shows, or nothing."""
    try:
        found: Any = orjson.loads(body)["system"]["serial"]
    except (ValueError, TypeError, LookupError):
        return ""
    return found if isinstance(found, str) else ""


def _without_networks(body: bytes) -> bytes:
    """The networks around by number; a body that is no such list is not kept, for nobody knows what it tells."""
    try:
        points: Any = orjson.loads(body)["accessPoints"]
        shown = [
            {**point, "ssid": f"network-{number}", "bssid": f"02:00:00:00:00:{number % 256:02x}"}
            for number, point in enumerate(points, start=1)
        ]
    except (ValueError, TypeError, LookupError):
        return HIDDEN
    return orjson.dumps({"accessPoints": shown})

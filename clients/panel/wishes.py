"""What a caller asks for, checked before anything is sent. Each raises SpanPanelRequestError."""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import quote

from clients.panel.exceptions import SpanPanelRequestError
from clients.panel.models import Priority, RelayState
from clients.panel.virtual import PREFIX

LONGEST_NAME = 128

E = TypeVar("E", RelayState, Priority)


def relay_state(state: str) -> RelayState:
    """OPEN or CLOSED, in any case of letters; UNKNOWN is nothing to wish for."""
    return _choice(state, RelayState, "relay state")


def priority(wish: str) -> Priority:
    """MUST_HAVE, NICE_TO_HAVE or NON_ESSENTIAL, in any case of letters."""
    return _choice(wish, Priority, "priority")


def _choice(wish: object, kind: type[E], what: str) -> E:
    allowed = {member.value: member for member in kind if member != "UNKNOWN"}
    if isinstance(wish, str) and wish.upper() in allowed:
        return allowed[wish.upper()]
    raise SpanPanelRequestError(f"{what} {wish!r:.80} is not one of {', '.join(allowed)}")


def circuit_path(circuit_id: str) -> str:
    """The circuit's endpoint; a virtual circuit has none."""
    segment = _segment(circuit_id, "circuit id")
    if segment.startswith(PREFIX):
        raise SpanPanelRequestError(f"circuit {circuit_id!r} is virtual: it can only be read, with get_circuits")
    return f"/circuits/{segment}"


def client_path(name: str) -> str:
    """The registered client's endpoint."""
    return f"/auth/clients/{_segment(name, 'client name')}"


def _segment(text: object, what: str) -> str:
    """One step of a path: `..` would be another endpoint."""
    step = name(text, what)
    if step in {".", ".."}:
        raise SpanPanelRequestError(f"{what} {step!r} cannot be part of an address")
    return quote(step, safe="")


def name(text: object, what: str) -> str:
    """Text of 1 to 128 printable characters."""
    if isinstance(text, str) and 0 < len(text) <= LONGEST_NAME and text.isprintable():
        return text
    raise SpanPanelRequestError(f"{what} {text!r:.80} is not text of 1 to {LONGEST_NAME} printable characters")


def flag(value: object, what: str) -> bool | None:
    """True, false, or None for no wish."""
    if value is None or isinstance(value, bool):
        return value
    raise SpanPanelRequestError(f"{what} {value!r:.80} is not true or false")


def per_cent(soc: object, what: str) -> int:
    """A fraction, 0 to 1, as the whole per cent that the panel speaks in."""
    if isinstance(soc, int | float) and not isinstance(soc, bool) and 0 <= soc <= 1:
        return round(soc * 100)
    raise SpanPanelRequestError(f"{what} {soc!r:.80} is not a fraction from 0 to 1")

"""What a panel's status means, as an error that names panel and endpoint and says what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import orjson

from clients.panel.exceptions import (
    SpanPanelAPIError,
    SpanPanelAuthError,
    SpanPanelError,
    SpanPanelLockedError,
    SpanPanelNameTakenError,
    SpanPanelRetriableError,
    SpanPanelServerError,
)

REGISTER = "/auth/register"
NOT_LET_IN = {401, 403, 412}  # 412 is what the firmware of 2023 answers without a token
BUSY = {502, 503, 504}
NAME_REFUSED = {400, 409, 422}

LONGEST_QUOTE = 200


def verdict(panel: str, path: str, status: int, said: str = "") -> SpanPanelError:
    """The error for a status outside 2xx; `said` is the panel's own explanation (`quoted`)."""
    where = f"panel {panel}"
    if path == REGISTER and (refusal := _not_registered(where, status, said)):
        return refusal
    if status in NOT_LET_IN:
        text = f"{where} refused our token at {path} ({status}); register the client again"
        return SpanPanelAuthError(text + said, status)
    if status in BUSY:
        return SpanPanelRetriableError(f"{where} is busy at {path} ({status}); try again later" + said, status)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        text = f"{where} failed at {path} (500); that is a fault of the panel, which repeating would only meet again"
        return SpanPanelServerError(text + said, status)
    return SpanPanelAPIError(f"{where} {_other(path, status)}" + said, status)


def _not_registered(where: str, status: int, said: str) -> SpanPanelError | None:
    if status in NOT_LET_IN:
        text = f"{where} is locked and registers no client ({status});"
        return SpanPanelLockedError(f"{text} press the door button three times, then try again" + said, status)
    if ("already" in said and status in NAME_REFUSED) or (status == HTTPStatus.CONFLICT and not said):
        text = f"{where} has a client of this name already ({status}); choose another name"
        return SpanPanelNameTakenError(text + said, status)
    return None


def _other(path: str, status: int) -> str:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return f"redirects {path} elsewhere ({status}), which is not followed; check host and port"
    if status == HTTPStatus.NOT_FOUND:
        return f"has no {path} (404); check the id, and that its firmware still speaks API v1"
    return f"answered {status} at {path}; check what was asked for"


def quoted(body: bytes, secrets: Iterable[str]) -> str:
    """The panel's `detail` as ` (it says: ...)`: printable, short, without our secrets; empty when it says nothing."""
    try:
        detail: Any = orjson.loads(body)["detail"]
    except (ValueError, TypeError, LookupError):
        return ""
    text = "; ".join(_complaint(item) for item in detail) if isinstance(detail, list) else detail
    if not isinstance(text, str):
        return ""
    for secret in secrets:
        text = text.replace(secret, "[hidden]")
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return f" (it says: {text[:LONGEST_QUOTE]})" if text.strip() else ""


def _complaint(item: object) -> str:
    """One entry of a 422: where in the request, and what is wrong there."""
    if not isinstance(item, dict) or not isinstance(item.get("loc"), list):
        return ""
    return f"{'.'.join(str(step) for step in item['loc'])}: {item.get('msg')}"

"""What an answer outside 2xx means, as an error that says which call, what the server said, and what to do next."""

from __future__ import annotations

from http import HTTPStatus

import orjson

from clients.cells.errors import CellsAuthError, CellsBusyError, CellsConflictError, CellsError, kind_of
from clients.cells.operations import Json
from clients.http import Answer
from clients.quoting import quoted

LONGEST_TEXT = 10_000
ADVICE = {
    CellsAuthError: "give the key as `api_key` or in BUSBAR_TOKEN",
    CellsBusyError: "try again later",
    CellsConflictError: "choose another name, or look at what is there",
}


def verdict(where: str, method: str, answer: Answer, api_key: str | None) -> CellsError:
    """The error for this answer, whatever its body is: an object, a list, a text, HTML, or nothing."""
    data = _data(answer.body)
    error_code = _text(data, "error_code")
    message = quoted(_message(data), api_key)
    kind = kind_of(answer.status, error_code)
    advice = f"; {ADVICE[kind]}" if kind in ADVICE else ""
    says = f": {message}" if message else ""
    error = kind(
        f"{where} answered {answer.status}{says}{advice}",
        answer.status,
        error_code=error_code,
        message=message,
        data=data,
        outcome_unknown=method != "GET" and answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    error.retry_after_s = answer.retry_after_s
    return error


def _data(body: bytes) -> Json:
    try:
        found: Json = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body[:LONGEST_TEXT].decode(errors="replace") or None
    return found


def _text(data: Json, key: str) -> str | None:
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, str) else None


def _message(data: Json) -> str:
    """What the body says in words; `detail` is where others put theirs."""
    if not isinstance(data, dict):
        return _words(data)
    return _text(data, "message") or _words(data.get("detail"))


def _words(data: Json) -> str:
    if data is None or isinstance(data, str):
        return data or ""
    return orjson.dumps(data).decode()

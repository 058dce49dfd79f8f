"""What an answer outside 2xx, or an error on the socket, means: the one place that maps the server's codes."""

from __future__ import annotations

from typing import Any

from clients.http import Answer
from clients.plant.exceptions import (
    PlantAnswerError,
    PlantAuthError,
    PlantBatchIdTakenError,
    PlantBusyError,
    PlantCursorError,
    PlantCursorExpiredError,
    PlantError,
    PlantInvalidError,
    PlantMachineNotFoundError,
    PlantProtocolError,
    PlantQueueFullError,
    PlantStorageError,
)
from clients.plant.models import MachineKey
from clients.plant.spelling import invalid_fields
from clients.quoting import quoted

BAD_REQUEST, SERVER_ERROR = 400, 500
REDIRECTS = range(300, 400)
UNAUTHORISED = (401, 403)
BY_CODE: dict[str, type[PlantAnswerError]] = {
    "MACHINE_NOT_FOUND": PlantMachineNotFoundError,
    "BATCH_ID_TAKEN": PlantBatchIdTakenError,
    "QUEUE_FULL": PlantQueueFullError,
    "CURSOR_EXPIRED": PlantCursorExpiredError,
    "CURSOR_INVALID": PlantCursorError,
}
BY_STATUS: dict[int, type[PlantAnswerError]] = {
    400: PlantInvalidError,
    413: PlantInvalidError,
    429: PlantBusyError,
    502: PlantBusyError,
    503: PlantBusyError,
    504: PlantBusyError,
    507: PlantStorageError,
}
ADVICE: dict[type[PlantAnswerError], str] = {
    PlantBusyError: "try again later",
    PlantQueueFullError: "try again when a batch has left the queue",
    PlantProtocolError: "is it the address of a busbar server itself?",
    PlantCursorError: "read the status, and follow from its cursor",
    PlantCursorExpiredError: "read the status, and follow from its cursor",
}


def refusal(
    where: str,
    answer: Answer,
    told: object,
    token: str | None,
    *,
    changes: bool = False,
    about: MachineKey | None = None,
) -> PlantError:
    """The error for this answer, whatever its body is. `changes`: it was a command; `about`: and to which machine."""
    body: dict[str, Any] = told if isinstance(told, dict) else {}
    code, message, detail = body.get("error_code"), body.get("message"), body.get("detail")
    said = quoted(message, token) if isinstance(message, str) else ""
    text = f"{where} answered {answer.status}{f': {said}' if said else ''}"
    if answer.status in UNAUTHORISED:
        return PlantAuthError(f"{text}; give PlantClient the server's token", answer.status)
    code = code if isinstance(code, str) else None
    kind = _kind(answer.status, code, detail)
    unknown = changes and answer.status in (500, 502, 504)
    if kind in ADVICE:
        text = f"{text}; {ADVICE[kind]}"
    error = kind(text, answer.status, error_code=code, outcome_unknown=unknown)
    error.retry_after_s = answer.retry_after_s
    if isinstance(error, PlantInvalidError):
        error.fields = invalid_fields(detail, about)
    if isinstance(error, PlantCursorExpiredError) and isinstance(detail, dict) and type(detail.get("oldest")) is int:
        error.oldest = detail["oldest"]
    return error


def _kind(status: int, code: str | None, detail: object) -> type[PlantAnswerError]:
    if status in REDIRECTS:
        return PlantProtocolError
    if code in BY_CODE:
        return BY_CODE[code]
    if status == BAD_REQUEST and isinstance(detail, dict) and detail.get("parameter") == "after":
        return PlantCursorError
    return BY_STATUS.get(status, PlantAnswerError if status >= SERVER_ERROR or code else PlantProtocolError)

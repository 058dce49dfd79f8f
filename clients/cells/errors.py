"""What can go wrong between the client of the cells REST face and its server.

CellsError (ClientError)
├── CellsConnectionError (ClientConnectionError)   not reached, or the connection broke
├── CellsTimeoutError (ClientTimeoutError)         no whole answer in time
├── CellsAuthError (ClientAuthError)               401, 403: no key, or one that is not accepted
├── CellsAnswerError (ClientAnswerError)           any other error status, or a redirect that is not followed
│   ├── CellsNotFoundError                         404
│   ├── CellsConflictError                         409, or error_code CONFLICT; carries `existing_id`
│   ├── CellsInvalidError                          400, 413, 422: the server does not take what was sent
│   ├── CellsBusyError                             429, 502, 503, 504: try again later
│   └── CellsMalformedError                        a body that is not what the contract says
├── CellsProcessingError                           the server could not digest an upload, or not in time
├── CellsDetailError                               parts of a detail failed; carries the finished ones
└── CellsHolderError (ValueError)                  create_or_get: the name is taken, but nobody has it

Arguments that can never be right (an empty id, NaN, a file that is no Parquet) raise ValueError, unsent.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from clients.errors import (
    ClientAnswerError,
    ClientAuthError,
    ClientConnectionError,
    ClientError,
    ClientTimeoutError,
)

if TYPE_CHECKING:
    from clients.cells.details import CellInstanceDetail, CellMeasurementDetail
    from clients.cells.frames import AnyFrame
    from clients.cells.operations import Json

CONFLICT = "CONFLICT"


class CellsError(ClientError):
    """Raised by every failing call; says which call, what went wrong, and what to do next.

    `error_code` and `message` are the server's own words (`message` is ours where it said nothing), `data` its whole
    body: parsed where it is JSON, else text; None where there was none.
    """

    def __init__(
        self,
        text: str,
        status_code: int | None = None,
        *,
        error_code: str | None = None,
        message: str | None = None,
        data: Json = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(text, status_code, outcome_unknown=outcome_unknown)
        self.error_code = error_code
        self.message = message or text
        self.data = data


class CellsConnectionError(CellsError, ClientConnectionError):
    """Raised when the server cannot be reached, or drops the connection, and repeating did not help or is unsafe."""


class CellsTimeoutError(CellsError, ClientTimeoutError):
    """Raised when the whole answer is not there in time."""


class CellsAuthError(CellsError, ClientAuthError):
    """Raised on 401 and 403."""


class CellsAnswerError(CellsError, ClientAnswerError):
    """Raised on every status outside 2xx that has no class of its own."""


class CellsNotFoundError(CellsAnswerError):
    """Raised on 404: the id was never there, or was deleted."""


class CellsConflictError(CellsAnswerError):
    """Raised when a name is taken, or what is to be changed is in use or busy."""

    @property
    def existing_id(self) -> str | None:
        """The id of the name's holder, None where the server does not tell it."""
        return self.told("existing_id", inside_only=True)

    def told(self, key: str, *, inside_only: bool = False) -> str | None:
        """A text inside `detail`, or at the top level of the body; neither needs to be an object."""
        body = self.data if isinstance(self.data, dict) else {}
        inner = body.get("detail")
        places = [inner] if inside_only else [body, inner]
        found = [place.get(key) for place in places if isinstance(place, dict)]
        return next((value for value in found if isinstance(value, str) and value), None)


class CellsInvalidError(CellsAnswerError):
    """Raised on 400, 413 and 422; `message` names the field, or column and row."""


class CellsBusyError(CellsAnswerError):
    """Raised on 429, 502, 503 and 504, once repeating is over; `retry_after_s` may tell when to come back."""


class CellsMalformedError(CellsAnswerError):
    """Raised when a body is too large, compressed, not JSON, no Parquet, or lacks or mistypes a field."""


class CellsProcessingError(CellsError):
    """Raised when an upload that was accepted is not digested: `message` is the server's reason."""


@dataclass(frozen=True, slots=True)
class PartFailure:
    """One part of a detail that is missing. `part`: measurement, steps, cycles, steps and cycles, or time series."""

    measurement_id: str
    measurement_name: str
    part: str
    error: CellsError


class CellsDetailError(CellsError):
    """Raised by `detail` when parts of it failed; names the first, whose error is its cause.

    `failures` are all of them, `finished` is the detail with everything that did arrive (missing parts are None);
    None when nothing did.
    """

    def __init__(
        self,
        failures: tuple[PartFailure, ...],
        finished: CellInstanceDetail[AnyFrame] | CellMeasurementDetail[AnyFrame] | None,
    ) -> None:
        first, others = failures[0], len(failures) - 1
        rest = f" (and {others} more, see `failures`)" if others else ""
        cause = first.error
        super().__init__(
            f"measurement {first.measurement_name!r:.100} ({first.measurement_id}): {first.part} failed{rest}: {cause}",
            cause.status_code,
            error_code=cause.error_code,
            message=cause.message,
            data=cause.data,
        )
        self.measurement_id = first.measurement_id
        self.measurement_name = first.measurement_name
        self.part = first.part
        self.failures = failures
        self.finished = finished


class CellsHolderError(CellsError, ValueError):
    """Raised by `create_or_get` when the server says that a name is taken but not by whom, and no list has it."""


def kind_of(status: int, error_code: str | None) -> type[CellsError]:
    """The class for an answer outside 2xx."""
    if error_code == CONFLICT:
        return CellsConflictError
    return KINDS.get(status, CellsAnswerError)


KINDS: dict[int, type[CellsError]] = {
    HTTPStatus.UNAUTHORIZED: CellsAuthError,
    HTTPStatus.FORBIDDEN: CellsAuthError,
    HTTPStatus.NOT_FOUND: CellsNotFoundError,
    HTTPStatus.CONFLICT: CellsConflictError,
    HTTPStatus.BAD_REQUEST: CellsInvalidError,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: CellsInvalidError,
    HTTPStatus.UNPROCESSABLE_ENTITY: CellsInvalidError,
    HTTPStatus.TOO_MANY_REQUESTS: CellsBusyError,
    HTTPStatus.BAD_GATEWAY: CellsBusyError,
    HTTPStatus.SERVICE_UNAVAILABLE: CellsBusyError,
    HTTPStatus.GATEWAY_TIMEOUT: CellsBusyError,
}

"""What can go wrong between the plant's client and its server.

PlantError (ClientError)
├── PlantConnectionError (ClientConnectionError)   not reached, or the connection broke
├── PlantTimeoutError (ClientTimeoutError)         no whole answer in time
├── PlantAuthError (ClientAuthError)               401, 403, close code 4401: no token, or one that is not accepted
└── PlantAnswerError (ClientAnswerError)           any other error status
    ├── PlantInvalidError                          400, 413: parameters, id or query; carries `fields`
    ├── PlantMachineNotFoundError                  404: no such line, or no such machine on it
    ├── PlantBatchIdTakenError                     409: another batch has this id
    ├── PlantQueueFullError                        429 QUEUE_FULL: try again when a batch has left the queue
    ├── PlantBusyError                             429, 502, 503, 504: try again later
    ├── PlantStorageError                          507: the server's disk is full
    ├── PlantCursorError                           a cursor that this server's log does not take
    │   └── PlantCursorExpiredError                the log no longer goes back so far; carries `oldest`
    └── PlantProtocolError                         a body or message that is not what the contract says; a redirect

`follow` heals PlantConnectionError, PlantTimeoutError and PlantBusyError by connecting again. Arguments that can never
be right (NaN, what JSON cannot hold) raise ValueError, unsent.
"""

from __future__ import annotations

from dataclasses import dataclass

from clients.errors import (
    ClientAnswerError,
    ClientAuthError,
    ClientConnectionError,
    ClientError,
    ClientTimeoutError,
)
from clients.plant.models import MachineKey


class PlantError(ClientError):
    """Raised by every failing call of PlantClient; says which call, what went wrong, and what to do next."""


class PlantConnectionError(PlantError, ClientConnectionError):
    """Raised when the server cannot be reached, or drops the connection."""


class PlantTimeoutError(PlantError, ClientTimeoutError):
    """Raised when the whole answer is not there in time."""


class PlantAuthError(PlantError, ClientAuthError):
    """Raised on 401, 403 and the close code 4401."""


class PlantAnswerError(PlantError, ClientAnswerError):
    """Raised on every status outside 2xx that has no class of its own. `error_code` is the server's word for it."""

    def __init__(
        self,
        message: str,
        status_code: int | None = None,
        *,
        error_code: str | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(message, status_code, outcome_unknown=outcome_unknown)
        self.error_code = error_code


@dataclass(frozen=True, slots=True)
class InvalidField:
    """One field that was refused. `machine` is whose parameter it is, None where it is none's, as with an id.

    `field` is its name, empty for the machine's parameters as a whole. `value` is what was sent, a short text of what
    JSON cannot carry, None also where nothing was sent. `message` names field, value, allowed range and unit.
    """

    machine: MachineKey | None
    field: str
    value: object
    message: str


class PlantInvalidError(PlantAnswerError):
    """Raised on 400 and 413: nothing was changed. `fields` are those that were refused, if any was."""

    fields: tuple[InvalidField, ...] = ()


class PlantMachineNotFoundError(PlantAnswerError):
    """Raised on 404, and unsent for a word that is no line or stage at all."""


class PlantBatchIdTakenError(PlantAnswerError):
    """Raised on 409: the batch that has this id stays as it is."""


class PlantQueueFullError(PlantAnswerError):
    """Raised when the queue takes no more batches for now."""


class PlantBusyError(PlantAnswerError):
    """Raised on 429, 502, 503 and 504; `retry_after_s` may tell when to come back."""


class PlantStorageError(PlantAnswerError):
    """Raised on 507: what cannot be written down is not done."""


class PlantCursorError(PlantAnswerError):
    """Raised for an `after` that leads nowhere, such as another server's: read the status, and follow from there."""


class PlantCursorExpiredError(PlantCursorError):
    """Raised when what comes next is no longer kept; `oldest` is the sequence number of the oldest that is."""

    oldest: int | None = None


class PlantProtocolError(PlantAnswerError):
    """Raised when a body is too large, not JSON, or lacks or mistypes a field, and on redirects."""

"""What can go wrong between busbar and the things it talks to. Each client hangs its own errors under these.

    ClientError
    ├── ClientConnectionError    no connection, or it broke
    ├── ClientTimeoutError       no whole answer in time
    ├── ClientAuthError          the other side does not know us, or does not let us in
    └── ClientAnswerError        an answer, but not the one asked for; carries `status_code`

The panel's errors, drawn in `clients/panel/exceptions.py`, derive from these and from SpanPanelError.
"""

from __future__ import annotations


class ClientError(Exception):
    """Raised by any client of ours; says where, what, and what to do next.

    `status_code` is the HTTP status that was answered, None where there was none. `outcome_unknown` is True when a
    change was sent and nothing tells whether it took effect: read the state again before deciding. `retry_after_s` is
    how long the other side asked to be left alone, None where it did not.
    """

    def __init__(self, message: str, status_code: int | None = None, *, outcome_unknown: bool = False) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.outcome_unknown = outcome_unknown
        self.retry_after_s: float | None = None


class ClientConnectionError(ClientError):
    """Refused, unresolvable, or dropped before the whole answer was read."""


class ClientTimeoutError(ClientError):
    """The time for one attempt was over before the whole answer was read."""


class ClientAuthError(ClientError):
    """No token, a token that is not accepted, or a registration that is refused."""


class ClientAnswerError(ClientError):
    """An error status, or a body that is not what the contract says."""

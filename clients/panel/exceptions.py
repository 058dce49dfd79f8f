"""The panel client's errors, under the names of span-panel-api 1.1.3.

SpanPanelError (ClientError)
├── SpanPanelConnectionError (ClientConnectionError)   not reached, or the connection broke; retried
├── SpanPanelTimeoutError (ClientTimeoutError)         no whole answer within `timeout`; retried
├── SpanPanelAuthError (ClientAuthError)               401, 403, 412, or no token at all
│   └── SpanPanelLockedError                           register refused: the door button was not pressed
└── SpanPanelAPIError (ClientAnswerError)              any other status
    ├── SpanPanelServerError                           500; never retried
    ├── SpanPanelRetriableError                        502, 503, 504; retried
    ├── SpanPanelNameTakenError                        register refused: another client has this name
    ├── SpanPanelRequestError                          not sent: the argument can never be right
    └── SpanPanelAnswerError                           a body that is not what the contract says
"""

from __future__ import annotations

from clients.errors import (
    ClientAnswerError,
    ClientAuthError,
    ClientConnectionError,
    ClientError,
    ClientTimeoutError,
)


class SpanPanelError(ClientError):
    """Raised by every failing call of SpanPanelClient; names the panel and the endpoint."""


class SpanPanelConnectionError(SpanPanelError, ClientConnectionError):
    """Raised when the panel cannot be reached, or drops the connection (as it does after 5 idle seconds)."""


class SpanPanelTimeoutError(SpanPanelError, ClientTimeoutError):
    """Raised when the whole answer is not there `timeout` seconds after the attempt began."""


class SpanPanelAuthError(SpanPanelError, ClientAuthError):
    """Raised on 401, 403 and 412, and without any request when no token is set: call `authenticate`."""


class SpanPanelLockedError(SpanPanelAuthError):
    """Raised by `authenticate` while the panel is locked: press its door button three times, then try again."""


class SpanPanelAPIError(SpanPanelError, ClientAnswerError):
    """Raised on any other status than 2xx (400, 404, 422, 429, redirects, ...)."""


class SpanPanelServerError(SpanPanelAPIError):
    """Raised on 500: a bug in the panel, which a repetition would only meet again."""


class SpanPanelRetriableError(SpanPanelAPIError):
    """Raised on 502, 503 and 504, once `retries` are used up."""


class SpanPanelNameTakenError(SpanPanelAPIError):
    """Raised by `authenticate` when the panel says that the name is registered already: choose another."""


class SpanPanelRequestError(SpanPanelAPIError):
    """Raised before anything is sent: no such relay state or priority, an impossible id, a value out of range."""


class SpanPanelAnswerError(SpanPanelAPIError):
    """Raised when the body is too large, compressed, not JSON, or lacks or mistypes a field."""

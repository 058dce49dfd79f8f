"""One panel's HTTP: asks, waits, repeats, and turns whatever comes back into a noun or an error."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
import orjson
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from clients.http import Answer, exchange, open_client
from clients.panel import wire
from clients.panel.exceptions import (
    SpanPanelAnswerError,
    SpanPanelAuthError,
    SpanPanelConnectionError,
    SpanPanelError,
    SpanPanelRetriableError,
    SpanPanelTimeoutError,
)
from clients.panel.fields import Malformed
from clients.panel.patience import Patience
from clients.panel.verdict import quoted, verdict

T = TypeVar("T")

BASE = "/api/v1"
RETRIED = (SpanPanelConnectionError, SpanPanelTimeoutError, SpanPanelRetriableError)
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
SECRET_FIELDS = ("psk", "otp", "dashboardPassword")


@dataclass(frozen=True, slots=True)
class Call:
    """One operation. `repeatable` ones may be sent again when nothing tells whether the first one took effect.

    Reading is repeatable, and so is setting something to a named state: the second OPEN finds the relay open. What
    acts anew each time (reconnecting, joining a network) is only repeated when it certainly never left this machine.
    """

    method: str
    path: str
    needs_token: bool = True
    repeatable: bool = True

    @property
    def changes(self) -> bool:
        """Whether the panel is another one after it."""
        return self.method != "GET"


@dataclass(slots=True)
class _Request:
    """One use of a call, over all its attempts; `in_doubt` once one of them may have changed the panel unseen."""

    call: Call
    headers: dict[str, str]
    content: bytes | None
    secrets: list[str]
    in_doubt: bool = False


class PanelLink:
    """The connection to one panel, opened by the first request and again after `close`.

    `name` is what errors call the panel; times and repetitions are read from `patience` at every request.
    """

    def __init__(
        self,
        name: str,
        url: str,
        patience: Patience,
        sleep: Callable[[float], Awaitable[None]],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = name
        self._url = url
        self._patience = patience
        self._sleep = sleep
        self._transport = transport
        self._http: httpx.AsyncClient | None = None
        self._token: str | None = None

    def set_token(self, token: str) -> None:
        """Use this token from now on. ValueError, which does not show it."""
        if not wire.is_token(token):
            raise ValueError("the access token must be visible ASCII characters without a space")
        self._token = token

    async def ask(self, call: Call, read: Callable[[object], T], body: Mapping[str, object] | None = None) -> T:
        """The answer's noun, after as many attempts as `patience` allows. Raises SpanPanelError."""
        content = None if body is None else orjson.dumps(body)
        request = _Request(call, self._headers(call), content, _secrets(body, self._token))
        retrying = AsyncRetrying(
            stop=stop_after_attempt(int(self._patience.retries) + 1),
            wait=self._wait_s,
            retry=retry_if_exception(lambda error: _may_repeat(request, error)),
            sleep=self._sleep,
            reraise=True,
        )
        answer: Answer = await retrying(self._attempt, request)
        try:
            return read(orjson.loads(answer.body) if answer.body or not call.changes else None)
        except Malformed as error:
            raise self._unusable(call, answer, str(error)) from error
        except orjson.JSONDecodeError as error:
            raise self._unusable(call, answer, f"the body is not JSON ({error.msg:.80})") from None

    async def close(self) -> None:
        """Close the connections; the token stays."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    def _headers(self, call: Call) -> dict[str, str]:
        headers = {"content-type": "application/json"} if call.changes else {}
        if not call.needs_token:
            return headers
        if self._token is None:
            raise SpanPanelAuthError(
                f"panel {self.name} was not asked for {call.path}: there is no token yet; authenticate first"
            )
        return headers | {"authorization": f"Bearer {self._token}"}

    def _wait_s(self, state: RetryCallState) -> float:
        return self._patience.wait_s(state.attempt_number - 1)

    async def _attempt(self, request: _Request) -> Answer:
        try:
            return self._judged(request, await self._send(request))
        except SpanPanelError as error:
            request.in_doubt = error.outcome_unknown = request.in_doubt or error.outcome_unknown
            raise

    def _judged(self, request: _Request, answer: Answer) -> Answer:
        """The answer if it is a success. An error of the server leaves open how far it came."""
        call = request.call
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            error = verdict(self.name, call.path, answer.status, quoted(answer.body, request.secrets))
            error.outcome_unknown = call.changes and answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            error.retry_after_s = answer.retry_after_s
            raise error
        if answer.refused:
            raise self._unusable(call, answer, answer.refused)
        return answer

    async def _send(self, request: _Request) -> Answer:
        if self._http is None:
            self._http = open_client(self._url, self._transport)
        call, timeout_s = request.call, self._patience.timeout
        message = self._http.build_request(
            call.method, BASE + call.path, headers=request.headers, content=request.content, timeout=timeout_s
        )
        try:
            return await exchange(self._http, message, timeout_s=timeout_s)
        except (TimeoutError, httpx.TimeoutException) as error:
            text = f"panel {self.name} did not finish its answer at {call.path} within {timeout_s:g} s"
            raise _lost(SpanPanelTimeoutError, request, text, error) from error
        except httpx.HTTPError as error:
            text = f"panel {self.name} cannot be reached at {call.path} ({type(error).__name__})"
            raise _lost(SpanPanelConnectionError, request, text, error) from error

    def _unusable(self, call: Call, answer: Answer, problem: str) -> SpanPanelAnswerError:
        text = f"panel {self.name} answered nonsense at {call.path} ({answer.status}): {problem}"
        advice = "is this a SPAN panel with API v1?"
        return SpanPanelAnswerError(f"{text}; {advice}", answer.status, outcome_unknown=call.changes)


def _lost(kind: type[SpanPanelError], request: _Request, text: str, error: Exception) -> SpanPanelError:
    was_sent = request.call.changes and not isinstance(error, NEVER_SENT)
    unknown = request.in_doubt or was_sent
    advice = "whether the change took effect is unknown: read it again" if unknown else "check power and network"
    return kind(f"{text}; {advice}", outcome_unknown=unknown)


def _may_repeat(request: _Request, error: BaseException) -> bool:
    return isinstance(error, RETRIED) and (request.call.repeatable or not error.outcome_unknown)


def _secrets(body: Mapping[str, Any] | None, token: str | None) -> list[str]:
    values = [token, *((body or {}).get(field) for field in SECRET_FIELDS)]
    return [value for value in values if isinstance(value, str) and value]

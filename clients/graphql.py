"""A small client of busbar's own graph: queries by HTTP POST, subscriptions by WebSocket.

ClientAnswerError
└── GraphQLRefusedError    the server answered with `errors`; carries them, and their codes

Besides, it raises ClientConnectionError, ClientTimeoutError, ClientAuthError and ClientAnswerError as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Self

import httpx
import orjson
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, stop_never, wait_exponential

from clients.errors import ClientAnswerError, ClientConnectionError, ClientTimeoutError
from clients.graphql_socket import Subscription, no_graph, parsed, unauthorised, unreachable
from clients.http import credentials, exchange, http_address, open_client

SHORTEST_WAIT_S = 0.25
LONGEST_WAIT_S = 10.0

Variables = Mapping[str, Any]
Data = dict[str, Any]
Resume = Callable[[Variables, Data], Variables]


class GraphQLRefusedError(ClientAnswerError):
    """Raised when an answer has `errors`. `codes` are their `extensions.code`, "" where there is none."""

    def __init__(self, url: str, errors: object) -> None:
        found = errors if isinstance(errors, list) else []
        self.errors = [error for error in found if isinstance(error, dict)]
        self.codes = [_code(error.get("extensions")) for error in self.errors]
        texts = "; ".join(str(error.get("message")) for error in self.errors)
        super().__init__(f"{url} refused: {texts or 'it gave no reason'}")


def _code(extensions: object) -> str:
    return str(extensions.get("code", "")) if isinstance(extensions, dict) else ""


def from_the_present(variables: Variables, _data: Data) -> Variables:
    """Resume a feed that begins with the present state: ask again as before."""
    return variables


def from_cursor(field: str) -> Resume:
    """Resume a feed of events behind the last one seen: its `cursor` becomes the variable `after`."""
    return lambda variables, data: {**variables, "after": data[field]["cursor"]}


class GraphQLClient:
    """One address, used as `async with GraphQLClient(url) as client`."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        timeout_s: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Raises ValueError for what is no HTTP address or token.

        `token` is needed where the server wants one; `timeout_s` is for a whole answer, and for a handshake.
        """
        self._url = http_address(url, "a graph", "http://127.0.0.1:8000/graphql")
        self._credentials = credentials(token)
        self._timeout_s = timeout_s
        self._sleep = sleep
        self._http = open_client(self._url, transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def query(self, document: str, variables: Variables | None = None) -> Data:
        """The data of a query or mutation.

        Raises GraphQLRefusedError, ClientConnectionError, ClientTimeoutError, ClientAuthError and ClientAnswerError.
        """
        body = orjson.dumps({"query": document, "variables": dict(variables or {})})
        headers = {"content-type": "application/json", **self._credentials}
        request = self._http.build_request("POST", self._url, content=body, headers=headers)
        try:
            answer = await exchange(self._http, request, timeout_s=self._timeout_s)
        except TimeoutError:
            raise ClientTimeoutError(f"{self._url} did not answer within {self._timeout_s:g} s; try again") from None
        except httpx.HTTPError as error:
            raise unreachable(self._url, error) from error
        if answer.status == httpx.codes.UNAUTHORIZED:
            raise unauthorised(self._url)
        return self._data(parsed(self._url, answer.body, answer.status))

    async def subscribe(
        self,
        document: str,
        variables: Variables | None = None,
        *,
        resume: Resume | None = None,
        on_lost: Callable[[str], None] | None = None,
    ) -> AsyncGenerator[Data, None]:
        """The data of each result, until the server completes the subscription.

        With `resume`, a connection that is lost after the first result is made again, however long that takes:
        `resume` makes the next variables from the last ones and the last data, and `on_lost` hears why.
        Raises what `query` raises; for a lost connection only without `resume`.
        """
        asked, attempts = dict(variables or {}), self._attempts(patient=False)
        while True:
            begin = partial(Subscription.begin, self._url, document, asked, self._timeout_s, self._credentials)
            subscription: Subscription = await attempts(begin)
            try:
                message = subscription.first
                while (data := self._result(message)) is not None:
                    asked, attempts = dict(resume(asked, data) if resume else asked), self._attempts(patient=True)
                    yield data
                    message = await subscription.receive()
                return
            except ClientConnectionError as lost:
                if resume is None:
                    raise
                if on_lost:
                    on_lost(str(lost))
            finally:
                await subscription.close()
            await self._sleep(SHORTEST_WAIT_S)  # a server that fails right after each first result is not hammered

    def _attempts(self, *, patient: bool) -> AsyncRetrying:
        return AsyncRetrying(
            sleep=self._sleep,
            stop=stop_never if patient else stop_after_attempt(1),
            wait=wait_exponential(SHORTEST_WAIT_S, max=LONGEST_WAIT_S),
            retry=retry_if_exception_type((ClientConnectionError, ClientTimeoutError)),
            reraise=True,
        )

    def _result(self, message: Mapping[str, Any]) -> Data | None:
        """The data of a message; None for the one that completes the subscription."""
        if message["type"] == "error":
            raise GraphQLRefusedError(self._url, message.get("payload"))
        return None if message["type"] == "complete" else self._data(message.get("payload"))

    def _data(self, result: object) -> Data:
        answer = result if isinstance(result, dict) else {}
        if answer.get("errors"):
            raise GraphQLRefusedError(self._url, answer["errors"])
        if not isinstance(answer.get("data"), dict):
            raise no_graph(self._url, "answered without data")
        data: Data = answer["data"]
        return data

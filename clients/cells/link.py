"""The way to one server, without the sending: addresses, key, repetitions, redirects, and what an answer means.

Repeated are GET and DELETE, and bytes put to a signed address: on connection errors, time-outs, 500, 502, 503 and 504,
after 0, 0.6, 1.2, 2.4 and 4.8 s; a GET also on 429, if the server says in `Retry-After` when to come back. A POST, PUT
or PATCH of the REST face is never sent twice.
"""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

import httpx
import orjson

from clients.cells.errors import (
    CellsAnswerError,
    CellsConnectionError,
    CellsError,
    CellsMalformedError,
    CellsTimeoutError,
)
from clients.cells.operations import Attempt, Json, Operation, Pause, Request, Transfer, attempted, worked
from clients.cells.verdict import verdict
from clients.http import Answer, http_address

KEY = "X-API-Key"
WAITS_S = (0.0, 0.6, 1.2, 2.4, 4.8)
LONGEST_WAIT_S = 60.0
TRANSIENT = {500, 502, 503, 504}
REDIRECTS = {301, 302, 303, 307, 308}
SAME_METHOD = {307, 308}
MOST_REDIRECTS = 5
GZIP_FROM_BYTES = 512 * 1024
WORK_FROM_BYTES = 256 * 1024
CHUNK_BYTES = 1024 * 1024
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "busbar"}
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
FAILURES = (TimeoutError, httpx.HTTPError, httpx.InvalidURL)
"""What sending an attempt may raise."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a call may take as a whole, how long storage may be silent, and how much either may answer."""

    timeout_s: float = 10.0
    storage_timeout_s: float = 300.0
    connect_s: float = 10.0
    max_body_bytes: int = 64 * 1024 * 1024
    max_download_bytes: int = 2 * 1024 * 1024 * 1024


class Link:
    """One server and one key. `call` and `transfer` are operations made of attempts and pauses."""

    def __init__(self, base_url: str, api_key: str | None, bounds: Bounds) -> None:
        """Raises ValueError for what is no HTTP address or no key; does not show the key."""
        address = http_address(base_url, "a busbar server", "http://127.0.0.1:8000")
        if httpx.URL(address).query or httpx.URL(address).fragment:
            raise ValueError(f"{base_url!r} has a query or a fragment; write it like http://127.0.0.1:8000")
        if api_key is not None and not (api_key.isascii() and api_key.isprintable() and " " not in api_key and api_key):
            raise ValueError("the API key must be visible ASCII characters without a space")
        self.base_url = address.rstrip("/")
        self._api_key = api_key
        self._bounds = bounds

    def call(self, request: Request) -> Operation[Json]:
        """The parsed answer, None for an empty one. Raises CellsError."""
        attempt = yield from self._call_attempt(request)
        answer = yield from self._delivered(attempt, repeatable=request.method in ("GET", "DELETE"))
        self._check(attempt, answer)
        if not answer.body:
            return None
        return (yield from _parsed(attempt, answer.body))

    def transfer(self, transfer: Transfer) -> Operation[bytes]:
        """The bytes that come back. Raises CellsError, and ValueError when the address is none."""
        bounds, headers = self._bounds, {**HEADERS, "Accept": "*/*"}
        if transfer.body is not None:
            headers |= {"Content-Type": "application/octet-stream", "Content-Length": str(_size(transfer.body))}
        attempt = Attempt(
            transfer.method,
            transfer.url,
            headers,
            transfer.body,
            timeout_s=None,
            pause_s=bounds.storage_timeout_s,
            connect_s=bounds.connect_s,
            max_bytes=bounds.max_download_bytes,
        )
        answer = yield from self._delivered(attempt, repeatable=True)
        self._check(attempt, answer)
        return answer.body

    def _call_attempt(self, request: Request) -> Operation[Attempt]:
        bounds, headers = self._bounds, {**HEADERS, "Content-Type": "application/json"}
        if self._api_key is not None:
            headers[KEY] = self._api_key
        body = request.body
        if body is not None and len(body) >= GZIP_FROM_BYTES:
            body = yield from worked(lambda plain=body: gzip.compress(plain, compresslevel=1, mtime=0))  # type: ignore[misc]
            headers["Content-Encoding"] = "gzip"
        if body is not None:
            headers["Content-Length"] = str(len(body))
        timeout_s = bounds.storage_timeout_s if request.is_slow else bounds.timeout_s
        query = f"{'&' if '?' in request.path else '?'}{urlencode(request.params)}" if request.params else ""
        return Attempt(
            request.method,
            self.base_url + request.path + query,
            headers,
            body,
            timeout_s=timeout_s,
            pause_s=timeout_s,
            connect_s=bounds.connect_s,
            max_bytes=bounds.max_body_bytes,
        )

    def _delivered(self, attempt: Attempt, *, repeatable: bool) -> Operation[Answer]:
        """The last answer, after all repetitions and redirects."""
        waits = iter(WAITS_S if repeatable else ())
        in_doubt = False
        while True:
            try:
                answer = yield from _followed(attempt)
            except (CellsConnectionError, CellsTimeoutError) as lost:
                in_doubt = lost.outcome_unknown = in_doubt or lost.outcome_unknown
                wait_s = next(waits, None)
                if wait_s is None:
                    raise
            else:
                if in_doubt and attempt.method == "DELETE" and answer.status == HTTPStatus.NOT_FOUND:
                    return replace(answer, status=HTTPStatus.NO_CONTENT, body=b"")  # an earlier attempt deleted it
                in_doubt = in_doubt or answer.status in TRANSIENT
                wait_s = _wait_s(attempt.method, answer, waits)
                if wait_s is None:
                    return answer
            yield Pause(wait_s)

    def _check(self, attempt: Attempt, answer: Answer) -> None:
        """Raise what an answer outside 2xx means, or one that was not read."""
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise verdict(where(attempt), attempt.method, answer, self._api_key)
        if answer.refused:
            text = f"{where(attempt)} answered nonsense ({answer.status}): {answer.refused}"
            raise CellsMalformedError(text, answer.status, outcome_unknown=_changes(attempt))


def where(attempt: Attempt) -> str:
    """What errors call it; without the query, which may be a signature."""
    url = httpx.URL(attempt.url)
    path = url.raw_path.partition(b"?")[0].decode("ascii")
    return f"{attempt.method} {path} at {url.scheme}://{url.netloc.decode('ascii')}"


def request_of(attempt: Attempt, content: bytes | Iterator[bytes] | AsyncIterator[bytes] | None) -> httpx.Request:
    """For httpx. Made by hand, so that no cookie of one server goes to another."""
    timeout = httpx.Timeout(attempt.pause_s, connect=min(attempt.connect_s, attempt.pause_s))
    return httpx.Request(
        attempt.method,
        attempt.url,
        headers=attempt.headers,
        content=content,
        extensions={"timeout": timeout.as_dict()},
    )


def lost(attempt: Attempt, error: Exception) -> CellsError:
    """The error for an attempt that got no whole answer. httpx reads the address of a redirect itself."""
    if isinstance(error, httpx.InvalidURL):
        return CellsMalformedError(f"{where(attempt)} redirects to what is no address: {error}")
    unknown = _changes(attempt) and not isinstance(error, NEVER_SENT)
    advice = "whether it took effect is unknown: read it again" if unknown else "is the server running there?"
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        limit_s = attempt.pause_s if attempt.timeout_s is None else attempt.timeout_s
        text = f"{where(attempt)} got no whole answer within {limit_s:g} s; {advice}"
        return CellsTimeoutError(text, outcome_unknown=unknown)
    text = f"{where(attempt)} lost its connection ({type(error).__name__}: {str(error)[:100]}); {advice}"
    return CellsConnectionError(text, outcome_unknown=unknown)


def _changes(attempt: Attempt) -> bool:
    return attempt.method != "GET"


def _wait_s(method: str, answer: Answer, waits: Iterator[float]) -> float | None:
    """How long to wait before the next attempt; None when this answer is the last."""
    asked_s = answer.retry_after_s
    is_busy = answer.status == HTTPStatus.TOO_MANY_REQUESTS and method == "GET" and asked_s is not None
    if answer.status not in TRANSIENT and not is_busy:
        return None
    wait_s = next(waits, None)
    if wait_s is None or asked_s is None:
        return wait_s
    return max(wait_s, asked_s) if asked_s <= LONGEST_WAIT_S else None


def _followed(attempt: Attempt) -> Operation[Answer]:
    """The answer at the end of the redirects. The key goes to no other origin, and does not come back."""
    for _ in range(MOST_REDIRECTS + 1):
        answer = yield from attempted(attempt)
        if answer.status not in REDIRECTS or not answer.location:
            return answer
        attempt = _redirected(attempt, answer.status, answer.location)
    raise CellsAnswerError(f"{where(attempt)} is redirected more than {MOST_REDIRECTS} times", answer.status)


def _redirected(attempt: Attempt, status: int, location: str) -> Attempt:
    try:
        target = httpx.URL(attempt.url).join(location)
    except httpx.InvalidURL:
        target = httpx.URL("")
    if target.scheme not in ("http", "https") or not target.host:
        raise CellsMalformedError(f"{where(attempt)} redirects to {location!r:.100}, which is no address", status)
    is_at_home = _origin(target) == _origin(httpx.URL(attempt.url))
    if _changes(attempt) and not (is_at_home and status in SAME_METHOD):
        text = f"{where(attempt)} is redirected to {target.scheme}://{target.netloc.decode('ascii')} ({status}), where"
        raise CellsAnswerError(f"{text} changes are not sent to; check the server's address", status)
    headers = {name: value for name, value in attempt.headers.items() if is_at_home or name != KEY}
    return replace(attempt, url=str(target), headers=headers)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _size(body: bytes | Path) -> int:
    return body.stat().st_size if isinstance(body, Path) else len(body)


def _parsed(attempt: Attempt, body: bytes) -> Operation[Json]:
    try:
        if len(body) < WORK_FROM_BYTES:
            found: Json = orjson.loads(body)
        else:
            found = yield from worked(lambda: orjson.loads(body))
    except orjson.JSONDecodeError as error:
        text = f"{where(attempt)} answered what is not JSON ({error.msg:.80}); is this a server of cells?"
        raise CellsMalformedError(text, data=body[:200].decode(errors="replace")) from None
    return found

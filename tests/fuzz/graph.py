"""Requests of the graph over HTTP: most are whole, some are broken on one of the ways that a request can be."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from tests.fuzz.attempts import Attempt, as_json
from tests.fuzz.documents import Documents, Written
from tests.fuzz.spoiling import bomb, spoiled
from tests.fuzz.values import Values

JSON = {"content-type": "application/json"}
ACCEPTED = (
    "application/json", "application/graphql-response+json", "*/*", "text/html", "", "application/json;q=0",
    "text/plain",
    "application/graphql-response+json; charset=utf-8, application/json;q=0.9", "é", "a/b;q=zz", ",,,",
)  # fmt: skip
TYPES = (
    "application/json; charset=utf-8", "application/json; charset=utf-16", "application/jsonp", "text/plain", "",
    "multipart/form-data",
    "application/x-www-form-urlencoded", "application/graphql", "json", "application/json;;;", "é",
)  # fmt: skip
BODIES = (
    b"", b"null", b"1", b"[]", b'""', b"{}", b"{", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 5_000, b'{"query":NaN}',
    b'{"query":"\\ud800"}',
    b'{"query":' + b"9" * 6_000 + b"}", b"[" + b'{"query":"{ __typename }"},' * 20 + b"{}]", b'{"a":' * 2_000,
    b" " * 10_000,
    '{"query":"{ __typename }"}'.encode("utf-16"), b'{"query":"{ __typename }","query":"{"}',
    b'{"query":"{ __typename }"}x',
    b'{"query":"query($a: Float) { __typename }","variables":{"a":1e999}}',
    b'{"query":"{ __typename }","variables":' + b"{" * 900,
)  # fmt: skip
MEMBERS = ("query", "variables", "operationName", "extensions", "documentId", "id", "persistedQuery")
PERSISTED = "0" * 64


class GraphRequests:
    """Draws requests for a server at `url`."""

    def __init__(self, url: str, dice: Random, documents: Documents, values: Values) -> None:
        self._url = f"{url}/graphql"
        self._dice = dice
        self._documents = documents
        self._values = values
        self._ways: tuple[tuple[float, Callable[[], Attempt]], ...] = (
            (0.70, self._whole), (0.12, self._spoiled), (0.04, self._bomb), (0.05, self._by_get), (0.05, self._odd),
            (0.04, self._raw),
        )  # fmt: skip

    def draw(self) -> Attempt:
        """One of them."""
        (way,) = self._dice.choices([way for _, way in self._ways], [weight for weight, _ in self._ways])
        return way()

    def _whole(self) -> Attempt:
        return self._posted(self._members(self._documents.draw()))

    def _spoiled(self) -> Attempt:
        written = self._documents.draw()
        return self._posted(self._members(written) | {"query": spoiled(written.text, self._dice)})

    def _bomb(self) -> Attempt:
        return self._posted({"query": bomb(self._dice)})

    def _by_get(self) -> Attempt:
        members = self._members(self._documents.draw())
        given = {name: each if isinstance(each, str) else as_json(each).decode() for name, each in members.items()}
        if self._dice.random() < 0.2:
            return Attempt("GET", f"{self._url}?{quote(self._values.text('name'))}", headers=self._accepts())
        return Attempt("GET", f"{self._url}?{urlencode(given, errors='replace')}"[:60_000], headers=self._accepts())

    def _odd(self) -> Attempt:
        members: dict[str, Any] = self._members(self._documents.draw())
        for name in self._dice.sample(MEMBERS, 2):
            members[name] = self._values.anything()
        if self._dice.random() < 0.3:
            members["extensions"] = {
                "persistedQuery": {"version": self._dice.choice((1, 2, "1")), "sha256Hash": PERSISTED}
            }
        return self._posted(members)

    def _raw(self) -> Attempt:
        method = self._dice.choice(("POST", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"))
        headers = {"content-type": self._dice.choice((*TYPES, *JSON.values()))} if self._dice.random() < 0.9 else {}
        return Attempt(method, self._url, self._dice.choice(BODIES), _latin(headers))

    def _posted(self, members: dict[str, Any]) -> Attempt:
        headers = JSON if self._dice.random() < 0.97 else {"content-type": self._dice.choice(TYPES)}
        return Attempt("POST", self._url, as_json(members), _latin({**headers, **self._accepts()}))

    def _members(self, written: Written) -> dict[str, Any]:
        members: dict[str, Any] = {"query": written.text}
        if written.variables or self._dice.random() < 0.1:
            members["variables"] = written.variables
        if self._dice.random() < 0.1:
            members["operationName"] = self._dice.choice(("A", "B", "", None))
        return members

    def _accepts(self) -> dict[str, str]:
        return {"accept": self._dice.choice(ACCEPTED)} if self._dice.random() < 0.1 else {}


def _latin(headers: dict[str, str]) -> dict[str, str]:
    """Headers as bytes of Latin-1, whatever is in them."""
    return {name: value.encode("utf-8").decode("latin-1") for name, value in headers.items()}

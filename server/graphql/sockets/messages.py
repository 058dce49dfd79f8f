"""The messages of graphql-transport-ws: what a client may say, taken strictly, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from server.graphql.encoding import decode, encode
from server.graphql.http.requests import from_members
from server.graphql.operations import Asked, RefusedError

MAX_ID_CHARACTERS = 200
ACK = b'{"type":"connection_ack"}'
PING = b'{"type":"ping"}'


class MalformedError(ValueError):
    """It is no message of the protocol; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Init:
    """The greeting; its payload may bring a token."""

    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    """Is to be answered at once, by `pong`: the answer that this one wants."""

    pong: bytes


@dataclass(frozen=True, slots=True)
class Pong:
    """Says that the client is there."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Begins an operation of any kind; all that is said of it carries the `id`."""

    id: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class Complete:
    """The client has heard enough."""

    id: str


Message = Init | Ping | Pong | Subscribe | Complete


def parsed(text: str) -> Message:
    """The client's message; members that the protocol does not know are ignored. Raises MalformedError."""
    try:
        members = decode(text)
    except ValueError as error:
        raise MalformedError(f"the message is not JSON: {error}") from None
    if not isinstance(members, dict):
        raise MalformedError("the message must be a JSON object")
    kind = members.get("type")
    if not isinstance(kind, str):
        raise MalformedError("`type` must be a string")
    if kind in _WITH_ID:
        return _of_operation(kind, members)
    payload = members.get("payload")
    if kind not in _WITHOUT_ID:
        raise MalformedError(f"there is no message of type {kind[:40]!r}")
    if payload is not None and not isinstance(payload, dict):
        raise MalformedError(f"the `payload` of {kind} must be an object")
    if kind == "ping":
        return Ping(_pong(payload))
    return Init(payload or {}) if kind == "connection_init" else Pong()


_WITH_ID, _WITHOUT_ID = ("subscribe", "complete"), ("connection_init", "ping", "pong")


def _of_operation(kind: str, members: Mapping[str, Any]) -> Subscribe | Complete:
    key, payload = members.get("id"), members.get("payload")
    if not isinstance(key, str) or not key:
        raise MalformedError(f"the `id` of {kind} must be a string that is not empty")
    if len(key) > MAX_ID_CHARACTERS:
        raise MalformedError(f"the `id` of {kind} may have {MAX_ID_CHARACTERS} characters")
    if kind == "complete":
        return Complete(key)
    if not isinstance(payload, dict):
        raise MalformedError("the `payload` of subscribe must be an object")
    try:
        return Subscribe(key, from_members(payload))
    except RefusedError as refusal:
        raise MalformedError(f"the `payload` of subscribe: {refusal}") from None


def _pong(payload: Mapping[str, Any] | None) -> bytes:
    try:
        return orjson.dumps({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
    except TypeError:  # of what can be read, orjson does not write these two: more than 254 levels, or 64 bits
        raise MalformedError("the `payload` of ping is nested too deeply, or has an integer beyond 64 bits") from None


class Told:
    """What is said of one operation."""

    def __init__(self, key: str) -> None:
        self._head = b'{"id":' + encode(key) + b',"type":'
        self._next = self._head + b'"next","payload":'
        self.complete = self._head + b'"complete"}'

    def next(self, payload: bytes) -> bytes:
        """One answer of it, which is JSON already."""
        return self._next + payload + b"}"

    def error(self, errors: Sequence[Mapping[str, object]]) -> bytes:
        """Its end: why it is not run, or not run on."""
        return self._head + b'"error","payload":' + encode(errors) + b"}"

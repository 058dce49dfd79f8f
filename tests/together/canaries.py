"""Secrets that are planted, every place where one could come out again, and the search for them there."""

from __future__ import annotations

import base64
import itertools
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_introspection_query,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
)
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from schema import SDL_PATH

SCHEMA = build_schema(SDL_PATH.read_text())
DEPTH = 4

LOUD = """
import logging, os, sys
os.dup2(os.open(os.environ["CANARY_LOG"], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), 2)
import structlog
from server import logs
quiet = logs.configure
def loud():
    quiet()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    logging.getLogger().setLevel(logging.DEBUG)
logs.configure = loud
{}
from server.__main__ import main
main()
"""
"""A busbar that logs everything there is to log, into a file, as no pipe is read so fast; in the gap goes what it is
made to do besides."""


@dataclass
class Canaries:
    """Each secret by what it is."""

    secrets: dict[str, str | bytes] = field(default_factory=dict)

    def found(self, places: Mapping[str, bytes]) -> list[tuple[str, str]]:
        """Which secret is to be read where, in whatever form."""
        forms = [(name, form) for name, secret in self.secrets.items() for form in _forms(secret)]
        return sorted({(name, place) for place, said in places.items() for name, form in forms if form in said})


def _forms(secret: str | bytes) -> set[bytes]:
    raw = secret.encode() if isinstance(secret, str) else secret
    assert len(raw) >= 16, "too short to be told from anything else"
    codes = {raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"="), base64.urlsafe_b64encode(raw).rstrip(b"=")}
    return codes | {quote(raw).encode(), repr(raw)[2:-1].encode(), repr(raw[:12])[2:-1].encode(), raw[-12:]}


def of_a_database(folder: Path) -> dict[str, bytes]:
    """The files as they lie there, and a backup as SQLite makes one; the key lies elsewhere."""
    said = {f"file {path.name}": path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    backup = folder.parent / "backup.db"
    with closing(sqlite3.connect(folder / "busbar.db")) as ours, closing(sqlite3.connect(backup)) as theirs:
        ours.backup(theirs)
    return {**said, "backup": backup.read_bytes()}


@dataclass
class Asker:
    """Asks everything that can be asked, with one token, and keeps each answer with its headers."""

    url: str
    token: str
    serial: str
    said: dict[str, bytes] = field(default_factory=dict)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def ask_all(self) -> None:
        """Every field of the graph, to some depth. The panel stays: what is left of it is looked at later."""
        self.post("introspection", get_introspection_query())
        for kind in (SCHEMA.query_type, SCHEMA.mutation_type):
            assert kind is not None
            operation = "query" if kind is SCHEMA.query_type else "mutation"
            for name, each in kind.fields.items():
                if name == "removePanel":
                    continue
                self.post(f"{operation} {name}", f"{operation} {{ {self._selected(name, each, DEPTH)} }}")

    def post(self, name: str, document: str, token: str | None = None, **variables: Any) -> None:
        body = {"query": document, "variables": variables}
        self.get(name, "/graphql", method="POST", token=token, json=body)

    def get(self, name: str, path: str, *, method: str = "GET", token: str | None = None, **options: Any) -> None:
        headers = {"authorization": f"Bearer {token or self.token}"}
        try:
            answer = self.http.request(method, self.url + path, headers=headers, **options)
        except httpx.TransportError as error:
            raise AssertionError(f"{name}: {error!r}") from error
        self.said[name] = repr(answer.headers.raw).encode() + answer.content

    def socket(self, name: str, payload: Mapping[str, object], headers: Mapping[str, str], document: str) -> None:
        heard: list[str] = []
        try:
            at = self.url.replace("http", "ws") + "/graphql"
            with connect(at, subprotocols=[Subprotocol("graphql-transport-ws")], additional_headers=headers) as socket:
                socket.send(_json({"type": "connection_init", "payload": payload}))
                heard.append(str(socket.recv(timeout=5)))
                socket.send(_json({"id": "1", "type": "subscribe", "payload": {"query": document}}))
                while not any(word in heard[-1] for word in ('"complete"', '"error"')):
                    heard.append(str(socket.recv(timeout=5)))
        except (WebSocketException, OSError, TimeoutError) as error:
            heard.append(str(error))
        self.said[name] = repr(heard).encode()

    def _selected(self, name: str, asked: GraphQLField, depth: int) -> str:
        given = [f"{key}: {_value(each.type, self.serial)}" for key, each in asked.args.items() if _is_needed(each)]
        arguments = f"({', '.join(given)})" if given else ""
        return f"{name}{arguments}{self._below(get_named_type(asked.type), depth)}"

    def _below(self, kind: GraphQLNamedType, depth: int) -> str:
        if not is_composite_type(kind):
            return ""
        return f" {{ __typename {' '.join(self._parts(kind, depth))} }}"

    def _parts(self, kind: GraphQLNamedType, depth: int) -> Iterator[str]:
        if is_abstract_type(kind):
            for each in SCHEMA.get_possible_types(kind):
                yield f"... on {each.name}{_leaves(each)}"
        elif isinstance(kind, GraphQLObjectType):
            for name, each in kind.fields.items():
                below = get_named_type(each.type)
                if (is_leaf_type(below) or depth > 1) and _is_free(each):
                    yield self._selected(name, each, depth - 1)


def _leaves(kind: GraphQLObjectType) -> str:
    """Renamed, as two members of a union may have a field of one name and two types."""
    named = (name for name, each in kind.fields.items() if is_leaf_type(get_named_type(each.type)) and _is_free(each))
    return f" {{ __typename {' '.join(f'{kind.name}_{name}: {name}' for name in named)} }}"


def _is_free(asked: GraphQLField) -> bool:
    return not any(map(_is_needed, asked.args.values()))


def _is_needed(argument: Any) -> bool:
    return isinstance(argument.type, GraphQLNonNull)


def _value(kind: Any, serial: str) -> str:
    """Something of the right shape."""
    if isinstance(kind, GraphQLNonNull):
        return _value(kind.of_type, serial)
    if isinstance(kind, GraphQLList):
        return f"[{_value(kind.of_type, serial)}]"
    if isinstance(kind, GraphQLEnumType):
        return str(next(iter(kind.values)))
    if isinstance(kind, GraphQLInputObjectType):
        needed = {key: each for key, each in kind.fields.items() if _is_needed(each)}
        given = needed or dict(itertools.islice(kind.fields.items(), 1))  # one of them is all that some take
        return f"{{ {', '.join(f'{key}: {_value(each.type, serial)}' for key, each in given.items())} }}"
    plain = {"Int": "1", "Float": "1.0", "Boolean": "true", "JSON": "{x: [1.0]}", "DateTime": '"2026-06-21T12:00:00Z"'}
    return plain.get(kind.name, f'"{serial}"')


def _json(message: object) -> str:
    return json.dumps(message)

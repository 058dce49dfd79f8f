"""Values of every kind: some right, some at the edge, some absurd."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    is_required_input_field,
)

from tests.fuzz.corpus import Corpus

TEXTS = (
    "", " ", "a", "name", "%", "'", '"', "\\", "\n", "\x00", "\x7f", "\u2028", "\ufeff", "é", "🔋", "e\u0301",
    "\u202egnp",
    "<script>alert(1)</script>", "'; DROP TABLE cell; --", "../../etc/passwd", "%00", "${7*7}", "{{7*7}}", "null",
    "true",
    "NaN", "-1", "1e999", "0x10", "a" * 300, "9" * 400, "\t" * 50, "=1+1", "con", "id:1", "cells/x", "plant/batch/y",
)  # fmt: skip
TIMES = (
    "2026-06-21T12:00:00Z", "2026-06-21T12:00:00+02:00", "2026-06-21T12:00:00", "2026-02-30T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+23:59", "2026-06-21T24:00:00Z", "1970-01-01T00:00:00Z",
    "yesterday",
)  # fmt: skip
INTEGERS = (0, 1, -1, 2, 7, 100, 500, 501, 2**31 - 1, -(2**31), 2**31, 2**53, 2**64, -(10**30))
FLOATS = (0.0, -0.0, 0.5, 1.0, -1.0, 1e-308, 5e-324, 1e308, -1e308, 3.7, 80.0, 1e9)
HOSTS = (
    "127.0.0.1", "localhost", "0.0.0.0", "169.254.169.254", "224.0.0.1", "[::1]", "::ffff:127.0.0.1", "2130706433",
    "a b", "", "x" * 300, "..", "127.0.0.1:80", "@127.0.0.1",
)  # fmt: skip
"""Nothing that a resolver would have to be asked for: the fuzz stays on this machine."""
LOOPBACK_PORTS = (0, -1, 1, 9, 65_536)
"""Where nothing listens, so that nobody else on this machine is asked."""


class Name(str):
    """A word that is written without quotes: a member of an enum."""

    __slots__ = ()


class Values:
    """Draws values by their type in the schema, and by the name of the argument or member that they are for."""

    def __init__(self, dice: Random, corpus: Corpus) -> None:
        self._dice = dice
        self._corpus = corpus

    def of(self, kind: GraphQLInputType, name: str, depth: int = 4) -> Any:
        """Mostly what the type wants."""
        if isinstance(kind, GraphQLNonNull):
            return self.of(kind.of_type, name, depth) if self._dice.random() < 0.98 else None
        if self._dice.random() < 0.03 and name != "host":
            return self.anything()
        if isinstance(kind, GraphQLList):
            return [self.of(kind.of_type, name, depth - 1) for _ in range(self._dice.choice((0, 1, 1, 2, 3)))]
        if isinstance(kind, GraphQLEnumType):
            return Name(self._dice.choice(list(kind.values))) if self._dice.random() < 0.97 else Name("NO_SUCH_WORD")
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(kind, depth)
        return self._scalar(kind.name, name)

    def anything(self, depth: int = 3) -> Any:
        """Any JSON value."""
        kinds = ["text", "number", "word"] + (["list", "object"] if depth else [])
        kind = self._dice.choice(kinds)
        if kind == "list":
            return [self.anything(depth - 1) for _ in range(self._dice.randrange(4))]
        if kind == "object":
            return {self._key(): self.anything(depth - 1) for _ in range(self._dice.randrange(4))}
        if kind == "number":
            return self._dice.choice((self._dice.choice(INTEGERS), self._dice.choice(FLOATS)))
        return self._dice.choice((True, False, None)) if kind == "word" else self.text("name")

    def text(self, name: str) -> str:
        """One that was told under this name, one of the usual suspects, or noise."""
        chance = self._dice.random()
        if name == "host":
            return self._dice.choice(HOSTS)
        if chance < 0.6 and (told := self._corpus.draw(name)):
            return told
        if chance < 0.9:
            return self._dice.choice(TEXTS)
        return "".join(
            chr(self._dice.choice((self._dice.randrange(32, 127), self._dice.randrange(0xD7FF))))
            for _ in range(self._dice.randrange(30))
        )

    def _scalar(self, kind: str, name: str) -> Any:
        drawn: dict[str, Callable[[], Any]] = {
            "Int": lambda: self._integer(name),
            "Float": lambda: self._dice.choice((*FLOATS, self._dice.uniform(-10, 1000))),
            "Boolean": lambda: self._dice.random() < 0.5,
            "DateTime": lambda: self._dice.choice(TIMES),
            "JSON": self.anything,
            "Columns": self._columns,
        }
        return drawn[kind]() if kind in drawn else self.text(name)

    def _integer(self, name: str) -> int:
        if name == "port":
            return self._dice.choice(LOOPBACK_PORTS)
        return self._dice.choice(INTEGERS) if self._dice.random() < 0.3 else self._dice.randrange(20)

    def _columns(self) -> dict[str, Any]:
        rows = self._dice.randrange(4)
        names = self._dice.sample(("Test Time [s]", "Voltage [V]", "Current [A]", "Step", "é"), self._dice.randrange(5))
        return {name: [self._dice.choice((*FLOATS, None, 4.1)) for _ in range(rows)] for name in names}

    def _object(self, kind: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        if kind.is_one_of and self._dice.random() < 0.9:
            name, field = self._dice.choice(list(kind.fields.items()))
            return {name: self.of(field.type, name, depth - 1)}
        share = 0.4 if depth > 0 else 0.0
        return {
            name: self.of(field.type, name, depth - 1)
            for name, field in kind.fields.items()
            if self._dice.random() < (0.98 if is_required_input_field(field) else share)
        }

    def _key(self) -> str:
        return self._dice.choice(("id", "name", "key", "notes", "a", "_", "value", "unit"))


def literal(value: Any) -> str:
    """The value as GraphQL writes it."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{key if key.isidentifier() else 'a'}: {literal(each)}" for key, each in value.items())
            + "}"
        )
    return json.dumps(value)

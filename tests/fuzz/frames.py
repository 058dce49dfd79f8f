"""Frames for sockets of the graph: the protocol's own, well and badly made, and what is none of it."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from graphql import OperationType

from tests.fuzz.documents import Documents
from tests.fuzz.spoiling import bomb, spoiled
from tests.fuzz.values import Values

TYPES = (
    "connection_init",
    "subscribe",
    "complete",
    "ping",
    "pong",
    "next",
    "error",
    "start",
    "stop",
    "connection_ack",
    "",
    "x" * 50,
)
IDS = ("1", "2", "3", "4", "5", "", "é", "x" * 200, "x" * 201)
IDS_IN_USE = 2_000
RAW: tuple[str | bytes, ...] = (
    "", " ", "null", "[]", "1", "{", "{}", "NaN", '"ping"', '{"type":"ping"', "[" * 5_000, "\x00", "\ufeff{}",
    '{"type":"\\ud800"}',
    '{"type":"ping","payload":{"a":1e999}}', '{"type":"ping"} {"type":"ping"}', "x" * 100_000, b"", b"\xff",
    b'{"type":"ping"}',
)  # fmt: skip


class Frames:
    """Draws one after another."""

    def __init__(self, dice: Random, documents: Documents, values: Values) -> None:
        self._dice, self._documents, self._values = dice, documents, values
        self._last = "0"

    def draw(self, *, is_wild: bool) -> str | bytes:
        """A message that a client would send; of a wild one, now and then something else."""
        chance = self._dice.random()
        if is_wild and chance < 0.2:
            return self._none_of_it()
        if chance < 0.65:
            return json.dumps(self._subscribe())
        if chance < 0.85:
            return json.dumps({"type": "complete", "id": self._dice.choice((self._last, "0"))})
        return json.dumps({"type": self._dice.choice(("ping", "pong")), "payload": {"a": self._values.text("name")}})

    def _none_of_it(self) -> str | bytes:
        chance = self._dice.random()
        if chance < 0.5:
            return json.dumps(self._odd())
        return self._dice.choice(RAW) if chance < 0.8 else spoiled(json.dumps(self._subscribe()), self._dice)

    def _subscribe(self) -> dict[str, Any]:
        kind = self._dice.choice((OperationType.SUBSCRIPTION, OperationType.SUBSCRIPTION, None))
        written = self._documents.draw(kind)
        chance = self._dice.random()
        text = (
            written.text if chance < 0.9 else spoiled(written.text, self._dice) if chance < 0.97 else bomb(self._dice)
        )
        payload = {"query": text, "variables": written.variables}
        return {"type": "subscribe", "id": self._id(), "payload": payload}

    def _odd(self) -> dict[str, Any]:
        message: dict[str, Any] = {"type": self._dice.choice(TYPES), "id": self._dice.choice(IDS), "payload": {}}
        message[self._dice.choice(tuple(message))] = self._values.anything()
        return message

    def _id(self) -> str:
        self._last = f"{self._dice.randrange(IDS_IN_USE)}"
        return self._last

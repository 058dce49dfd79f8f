"""What a client may say on a socket: every message of the protocol, and clear words for all that is none."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.graphql.operations import Asked
from server.graphql.sockets.messages import Complete, Init, MalformedError, Message, Ping, Pong, Subscribe, Told, parsed

QUERY = {"query": "{ __typename }"}
SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": QUERY}


def read(message: Any) -> object:
    return parsed(message if isinstance(message, str) else json.dumps(message))


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ({"type": "connection_init"}, Init({})),
        ({"type": "connection_init", "payload": None}, Init({})),
        ({"type": "connection_init", "payload": {"a": 1}, "id": 7, "more": []}, Init({"a": 1})),
        ({"type": "ping"}, Ping(b'{"type":"pong"}')),
        ({"type": "ping", "payload": {"a": ["é"]}}, Ping('{"type":"pong","payload":{"a":["é"]}}'.encode())),
        ({"type": "pong", "payload": {}}, Pong()),
        (SUBSCRIBE, Subscribe("1", Asked("{ __typename }"))),
        (
            {**SUBSCRIBE, "payload": {**QUERY, "variables": None, "operationName": None, "extensions": None}},
            Subscribe("1", Asked("{ __typename }")),
        ),
        (
            {
                **SUBSCRIBE,
                "payload": {"query": "q", "variables": {"a": 1}, "operationName": "n", "extensions": {"b": 2}},
            },
            Subscribe("1", Asked("q", {"a": 1}, "n", {"b": 2})),
        ),
        ({**SUBSCRIBE, "payload": {"documentId": "d"}}, Subscribe("1", Asked(None, document_id="d"))),
        ({"type": "complete", "id": "é"}, Complete("é")),
        ({"type": "complete", "id": "x" * 200}, Complete("x" * 200)),
    ],
)
def test_every_message_of_the_protocol_is_read(message: Any, found: object) -> None:
    assert read(message) == found


NO_IDS: list[Any] = [None, "", 7, True, {}, ["1"]]
NO_OBJECTS: list[Any] = [7, False, [], "{}"]
NO_STRINGS: list[Any] = [7, True, [], {}]
DEEP = '{"type":"ping","payload":{"a":' + "[" * 300 + "]" * 300 + "}}"


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("", "not JSON"), ("{", "not JSON"), ("NaN", "not JSON"), ('{"type":"ping","payload":{"a":NaN}}', "not JSON"),
        ('{"type":"ping","payload":{"a":1e999}}', "not JSON"), ('{"type":"\\ud800"}', "not JSON"),
        ("[" * 5000, "not JSON"), ('{"type":"ping"} {}', "not JSON"), ('﻿{"type":"ping"}', "not JSON"),
        (DEEP, "nested too deeply"),
        ("null", "object"), ([], "object"), ('"ping"', "object"), (7, "object"), ("true", "object"),
        ({}, "`type`"), ({"type": None}, "`type`"), ({"type": ["ping"]}, "`type`"), ({"type": {}}, "`type`"),
        ({"type": ""}, "no message of type ''"), ({"type": "start"}, "no message of type 'start'"),
        ({"type": "connection_ack"}, "no message of type"), ({"type": "next", "id": "1"}, "no message of type"),
        ({"type": "PING"}, "no message of type"), ({"type": "x" * 100_000}, "no message of type"),
        ({"type": "connection_init", "payload": []}, "`payload` of connection_init"),
        ({"type": "connection_init", "payload": ""}, "`payload` of connection_init"),
        ({"type": "ping", "payload": 7}, "`payload` of ping"), ({"type": "pong", "payload": 0}, "`payload` of pong"),
        ({"type": "subscribe", "payload": QUERY}, "`id` of subscribe"),
        *[({**SUBSCRIBE, "id": wrong}, "`id` of subscribe") for wrong in NO_IDS],
        ({**SUBSCRIBE, "id": "x" * 201}, "`id` of subscribe may have 200 characters"),
        *[({**SUBSCRIBE, "payload": wrong}, "`payload` of subscribe must be") for wrong in [None, *NO_OBJECTS]],
        ({"type": "subscribe", "id": "1"}, "`payload` of subscribe must be an object"),
        ({**SUBSCRIBE, "payload": {}}, "has no `query`"), ({**SUBSCRIBE, "payload": {"query": None}}, "`query`"),
        *[({**SUBSCRIBE, "payload": {"query": wrong}}, "`query` must be a string") for wrong in NO_STRINGS],
        *[
            ({**SUBSCRIBE, "payload": {**QUERY, name: wrong}}, f"`{name}` must be an object")
            for name in ("variables", "extensions") for wrong in NO_OBJECTS
        ],
        *[
            ({**SUBSCRIBE, "payload": {**QUERY, "operationName": wrong}}, "`operationName` must be a string")
            for wrong in NO_STRINGS
        ],
        ({"type": "complete"}, "`id` of complete"), ({"type": "complete", "id": []}, "`id` of complete"),
    ],
)  # fmt: skip
def test_r28_what_is_no_message_is_told_what_is_wrong_with_it(message: Any, why: str) -> None:
    with pytest.raises(MalformedError) as told:
        read(message)
    assert why in str(told.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TYPES = st.sampled_from(["connection_init", "ping", "pong", "subscribe", "complete", "next"]) | JSON
NEARLY = st.fixed_dictionaries({"type": TYPES}, optional={"id": JSON, "payload": JSON})


@given(JSON.map(json.dumps) | NEARLY.map(json.dumps) | st.text())
def test_r28_whatever_comes_is_a_message_or_is_refused(text: str) -> None:
    with suppress(MalformedError):
        assert isinstance(parsed(text), Message)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), JSON.map(lambda value: {"data": value}))
def test_what_is_told_of_an_operation_carries_its_id(key: str, payload: Any) -> None:
    told, written = Told(key), json.dumps(payload).encode()
    assert json.loads(told.complete) == {"id": key, "type": "complete"}
    assert json.loads(told.error([{"message": key}])) == {"id": key, "type": "error", "payload": [{"message": key}]}
    assert repr(json.loads(told.next(written))) == repr({"id": key, "type": "next", "payload": json.loads(written)})

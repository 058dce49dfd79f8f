"""Media types: what is wished for, by whom, and how much."""

from __future__ import annotations

import pytest

from server.graphql.http.negotiation import EVENTS, GRAPHQL, HTML, JSON, accepted, accepts, is_json


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (b"", JSON), (b" , ", JSON), (b"*/*", JSON), (b"application/*", JSON), (b"application/json", JSON),
        (b"application/graphql-response+json", GRAPHQL), (b"APPLICATION/GraphQL-Response+JSON", GRAPHQL),
        (b"application/json, application/graphql-response+json", GRAPHQL),
        (b"application/json, application/graphql-response+json;q=0.9", JSON),
        (b"application/graphql-response+json; charset=utf-8, application/json; q=0.9", GRAPHQL),
        (b"application/graphql-response+json, */*;q=0.1", GRAPHQL), (b"application/json, */*", JSON),
        (b"*/*, application/json;q=0.5", GRAPHQL), (b"*/*, application/json;q=0", GRAPHQL),
        (b"*/*, application/graphql-response+json;q=0", JSON), (b"*/*;q=0.1, text/html", JSON),
        (b"text/event-stream", EVENTS), (b"text/event-stream, application/json", JSON),
        (b"text/event-stream, application/json;q=0.5", EVENTS), (b"text/*", None), (b"text/event-stream;q=0", None),
        (b"application/json;q=0", None), (b"*/*;q=0", None), (b"text/html", None), (b"json", None), (b"\xff", None),
        (b"application/json;q=2", None), (b"application/json;q=nan", None), (b"application/json;q=x", None),
        (b"application/json;q=-1, */*;q=0.1", GRAPHQL), (b"application/json;q", None), (b"a," * 20_000 + b"*/*", JSON),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_the_best_wish_that_can_be_met_is(accept, chosen):
    assert accepted(accept) == chosen


@pytest.mark.parametrize(
    ("accept", "is_named"),
    [(b"text/html", True), (b"Text/HTML;q=0.1", True), (b"text/html;q=0", False), (b"*/*", False), (b"", False)],
)
def test_a_page_and_a_stream_are_for_who_names_them(accept, is_named):
    assert accepts(accept, HTML) is is_named


@pytest.mark.parametrize(
    ("content_type", "holds"),
    [
        (b"application/json", True), (b"application/json;charset=utf-8", True), (b"application/json ; foo=bar", True),
        (b'APPLICATION/JSON; Charset="UTF-8"', True), (b"application/json; charset=utf-16", False), (b"", False),
        (b"application/json; charset=utf-8; charset=latin-1", False), (b"application/jsonp", False), (b"json", False),
        (b"text/plain; application/json", False), (b"application/json,text/plain", False), (b"\xff", False),
    ],
)  # fmt: skip
def test_json_is_json_in_utf_8(content_type, holds):
    assert is_json(content_type) is holds

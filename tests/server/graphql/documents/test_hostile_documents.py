"""R29: documents that mean harm are refused before much is done for them, with the name of the limit."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from server.graphql.documents import comparisons
from server.graphql.documents.documents import Documents
from server.graphql.operations import Asked, RefusedError
from tests.server.graphql.documents.asking import documents, meters, refusal, told

BIG: dict[str, Any] = {"max_document_bytes": 10_000_000, "max_tokens": 1_000_000}
"""So that the limit behind these is the one that is met."""


def deep(levels: int) -> str:
    return "{ panels { nodes { " + "circuits { panel { " * levels + "name" + " } }" * levels + " } } }"


def aliased(count: int) -> str:
    return "{" + " ".join(f"a{n}: serverInfo {{ name }}" for n in range(count)) + "}"


def directed(count: int) -> str:
    return "{ serverInfo " + "@include(if: true) " * count + "{ name } }"


def bomb(levels: int, field: str = "a: serverInfo { name }") -> str:
    """Each fragment spreads the next one twice."""
    fragments = (f"fragment f{n} on Query {{ {field} ...f{n + 1} ...f{n + 1} }}" for n in range(levels))
    return "{ ...f0 }" + "".join(fragments) + f"fragment f{levels} on Query {{ {field} }}"


def cycle(length: int) -> str:
    names = [*range(length), 0]
    return "{ ...f0 }" + "".join(
        f"fragment f{one} on Query {{ __typename ...f{other} }}" for one, other in pairwise(names)
    )


def chain(length: int) -> str:
    links = (f"fragment f{n} on Panel {{ circuits {{ panel {{ ...f{n + 1} }} }} }}" for n in range(length))
    return '{ panel(serial: "x") { ...f0 } }' + "".join(links) + f"fragment f{length} on Panel {{ name }}"


HOSTILE = {
    "3 MB of commas": ("{" + "," * 3_000_000 + "__typename }", {}, "max_document_bytes"),
    "3 MB in one string": ('{ panel(serial: "' + "x" * 3_000_000 + '") { name } }', {}, "max_document_bytes"),
    "umlauts are two bytes each": ('{ panel(serial: "' + "ü" * 7_500 + '") { name } }', {}, "max_document_bytes"),
    "15,000 tokens": ("{" + "a " * 7_490 + "}", {}, "max_tokens"),
    "a million tokens": ("{" + "a " * 1_000_000 + "}", {"max_document_bytes": 10_000_000}, "max_tokens"),
    "braces only": ("{" * 10_000, {}, "GRAPHQL_PARSE_FAILED"),
    "brackets only": ("{ a(b: " + "[" * 10_000, {}, "GRAPHQL_PARSE_FAILED"),
    "depth 50": (deep(24), {}, "max_depth"),
    "depth through fragments": (chain(6), {}, "max_depth"),
    "depth in a fragment that nobody spreads": ("{ __typename } fragment f on Query " + deep(24), {}, "max_depth"),
    "31 aliases": (aliased(31), {}, "max_aliases"),
    "5,000 aliases": (aliased(5_000), BIG, "max_aliases"),
    "aliases in a fragment, spread twice": (
        "{ ...f ... { ...f } } fragment f on Query " + aliased(16), {}, "max_aliases",
    ),
    "51 directives": (directed(51), {}, "max_directives"),
    "100,000 directives": (directed(100_000), {}, "max_document_bytes"),
    "100,000 short directives": ("{ a " + "@a" * 100_000 + "}", {"max_document_bytes": 1_000_000}, "max_tokens"),
    "3,000 directives": (directed(3_000), BIG, "max_directives"),
    "unknown directives": ("{ __typename " + "@a " * 300 + "}", {}, "max_directives"),
    "directives of an operation": ("query " + "@a " * 51 + "{ __typename }", {}, "max_directives"),
    "directives of a variable": ("query ($a: Int " + "@a " * 51 + ") { __typename }", {}, "max_directives"),
    "directives of a fragment": ("{ ...f } fragment f on Query " + "@a " * 51 + "{ __typename }", {}, "max_directives"),
    "directives of a spread": ("{ ...f " + "@a " * 51 + "} fragment f on Query { __typename }", {}, "max_directives"),
    "a bomb": (bomb(40), {}, "max_aliases"),
    "a bomb that says nothing": (bomb(40, "__typename @skip(if: false)"), {}, "max_directives"),
    "a bomb of 2,000 fragments": (bomb(2_000), BIG, "GRAPHQL_VALIDATION_FAILED"),
    "a chain of 2,000 fragments": (chain(2_000), BIG, "GRAPHQL_VALIDATION_FAILED"),
    "a fragment in itself": ("{ ...f } fragment f on Query { ...f }", {}, "GRAPHQL_VALIDATION_FAILED"),
    "a circle of fragments": (cycle(50), {}, "GRAPHQL_VALIDATION_FAILED"),
    "a circle of 2,000 fragments": (cycle(2_000), BIG, "GRAPHQL_VALIDATION_FAILED"),
    "100 lists in lists": ("{ nodes(ids: " + "[" * 100 + "]" * 100 + ") { id } }", {}, "GRAPHQL_VALIDATION_FAILED"),
    "introspection in a circle": (
        "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
        {}, "GRAPHQL_VALIDATION_FAILED",
    ),
    "a lone surrogate": ('{ panel(serial: "\ud800") { name } }', {}, "GRAPHQL_PARSE_FAILED"),
    "a lone surrogate, escaped": ('{ panel(serial: "\\ud800") { name } }', {}, "GRAPHQL_PARSE_FAILED"),
    "NUL": ("{ server\x00Info { name } }", {}, "GRAPHQL_PARSE_FAILED"),
    "a BOM in the middle of a name": ("{ server\ufeffInfo { name } }", {}, "GRAPHQL_VALIDATION_FAILED"),
    "a block string without end": ('{ panel(serial: """' + "x" * 10_000, {}, "GRAPHQL_PARSE_FAILED"),
    "a number of 10,000 digits": (f"{{ panels(first: {'9' * 10_000}) {{ name }} }}", {}, "GRAPHQL_VALIDATION_FAILED"),
    "a number of 10,000 digits in JSON": (
        'mutation { createCellSpecification(input: { name: "x", fields: ' + "9" * 10_000 + " }) { __typename } }",
        {}, "GRAPHQL_VALIDATION_FAILED",
    ),
    "one field 240 times": ("{" + "serverInfo { name } " * 240 + "}", {}, "max_comparisons"),
    "one field in one field": ("{" + ("serverInfo {" + "name " * 28 + "} ") * 28 + "}", {}, "max_comparisons"),
    "one leaf 900 times": ("{ serverInfo {" + "name " * 900 + "} }", {}, "max_comparisons"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "limits", "code"), HOSTILE.values(), ids=HOSTILE.keys())
def test_r29_it_is_refused_with_its_code(text, limits, code):
    known = documents(**limits)

    refused = refusal(known, text)

    extensions = refused.errors[0].extensions or {}
    assert extensions.get("limit", extensions["code"]) == code
    assert refused.status == 400
    assert len(refused.errors) <= 5
    if "limit" in extensions:
        assert len(refused.errors) == 1
        assert (extensions["code"], meters(known).over_limit) == ("LIMIT_EXCEEDED", {code: 1})
    else:
        assert meters(known).over_limit == {}


@pytest.mark.parametrize(
    "name", [name for name, (_, _, code) in HOSTILE.items() if code.startswith("max_") and code != "max_comparisons"]
)
def test_r29_what_is_over_a_limit_is_not_validated(name, monkeypatch):
    monkeypatch.setattr(comparisons, "validate", lambda *_, **__: pytest.fail("it was validated"))
    text, limits, _ = HOSTILE[name]
    refusal(documents(**limits), text)


@pytest.mark.parametrize(
    ("text", "extensions", "says"),
    [
        (deep(6), {"limit": "max_depth", "allowed": 12, "asked": 15}, "15 fields deep, more than 12"),
        (aliased(31), {"limit": "max_aliases", "allowed": 30, "asked": 31}, "31 aliases, more than 30"),
        (directed(51), {"limit": "max_directives", "allowed": 50, "asked": 51}, "51 directives, more than 50"),
        ("{" + "a " * 1_000 + "}", {"limit": "max_tokens", "allowed": 1_000}, "more than 1,000 tokens"),
        (" " * 15_001, {"limit": "max_document_bytes", "allowed": 15_000, "asked": 15_001}, "15,001 bytes"),
    ],
)
def test_a_refusal_tells_what_was_asked_what_is_allowed_and_what_to_do(text, extensions, says):
    (error,) = refusal(documents(), text).errors
    assert error.extensions == {"code": "LIMIT_EXCEEDED", **extensions}
    assert says in error.message
    assert ": " in error.message


@pytest.mark.parametrize(
    "text",
    [
        deep(4)[:-1] + " serverInfo { name } }",
        aliased(30),
        directed(50).replace("@include(if: true) ", "", 49),
        "{" + "".join(f"... {{ t{n}: __typename }} " for n in range(142)) + "}",
        "{" + "serverInfo { name } " * 60 + "}",
        "{ __typename #" + "x" * 14_980 + "\n}",
        "{" + "".join(f"t{n}: __typename " for n in range(200)) + "}",
        "\ufeff{ serverInfo { name } }",
        '{ panel(serial: """\n  a block\n  string\n""") { name } }',
        '{ panel(serial: "\x00 and \\u0000") { name } }',
        '{ panel(serial: "\\u{1F600} \\n \U0001f600") { name } }',
        "{ __schema { types {" + " ofType {" * 12 + " name " + "}" * 12 + " } } }",
    ],
)
def test_what_is_just_within_the_limits_is_taken(text):
    documents().operation(Asked(text))


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("{ __typename " + " " * 15_000 + "}", "max_document_bytes"),
        ("{ nodes(ids: [" + '"a" ' * 1_100 + "]) { id } }", "max_tokens"),
        (deep(24), "max_depth"),
        (aliased(31), "max_aliases"),
        ("{" + "__typename @include(if: true) " * 51 + "}", "max_directives"),
        ("{" + "serverInfo { name } " * 100 + "}", "max_comparisons"),
    ],
)
def test_with_report_only_it_is_counted_each_time_and_answered(text, limit):
    known = documents(report_only=True)
    for _ in range(3):
        known.operation(Asked(text))
    assert meters(known).over_limit == {limit: 3}
    assert told(documents(), text)["limit"] == limit


def test_with_report_only_what_is_wrong_is_refused_all_the_same():
    known = documents(report_only=True)
    assert told(known, "{" + "a " * 1_001 + "b( }")["code"] == "GRAPHQL_PARSE_FAILED"
    assert codes(known, "{ serverInfo " + "@a " * 51 + "}") == {"GRAPHQL_VALIDATION_FAILED"}
    assert told(known, "{" + "__typename " * 2_000 + "}")["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_with_report_only_the_log_tells_of_each_limit_once_in_a_while():
    now = 0.0
    known = documents(report_only=True, cached_documents=1)
    known.overruns._seconds = lambda: now
    with capture_logs() as logged:
        for now in (0.0, 1.0, 59.0, 61.0):  # noqa: B007 (the clock reads it)
            known.operation(Asked(deep(6)))
            known.operation(Asked(aliased(31)))
    assert [entry["limit"] for entry in logged] == ["max_depth", "max_aliases"] * 2
    assert (logged[0]["allowed"], logged[0]["asked"]) == (12, 15)


def codes(known: Documents, text: str) -> set[str]:
    try:
        known.operation(Asked(text))
    except RefusedError as refused:
        return {(error.extensions or {})["code"] for error in refused.errors}
    return set()


@given(st.text(max_size=60) | st.text(alphabet='{}()[]:$!@.|&="\\#,a1 \n\ufeff', max_size=60))
def test_r29_any_text_is_an_operation_or_refused(text):
    known = documents(max_depth=4)
    assert codes(known, text) <= {"LIMIT_EXCEEDED", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_REQUEST"}


def test_an_error_holds_no_frames_of_the_recursion_that_it_ends():
    refused = refusal(documents(**BIG), chain(2_000))
    assert refused.__context__ is None
    assert all(error.__traceback__ is None for error in refused.errors)

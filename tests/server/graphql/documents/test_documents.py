"""A document is read once, then known; what is refused is refused with its code, and not kept."""

from __future__ import annotations

import graphql
import pytest

from server.graphql.documents import comparisons
from server.graphql.limits import Limits
from server.graphql.operations import Asked
from tests.server.graphql.documents.asking import documents, meters, refusal, told

NAME = "{ serverInfo { name } }"
TWO = (
    NAME.replace("{", "query One {", 1)
    + "query Two { serverInfo { version } } mutation Three { pausePlant { __typename } }"
)


@pytest.fixture
def validated(monkeypatch):
    """The documents that were validated, in order."""
    seen = []

    def validate(schema, document, *rules, **options):
        seen.append(document)
        return graphql.validate(schema, document, *rules, **options)

    monkeypatch.setattr(comparisons, "validate", validate)
    return seen


def test_a_document_is_validated_once_and_its_operation_kept(validated):
    known = documents()

    first, *others = [known.operation(Asked(NAME)) for _ in range(3)]

    assert all(each is first for each in others)
    assert len(validated) == 1
    assert (meters(known).documents_new, meters(known).documents_known) == (1, 2)


def test_what_is_refused_is_not_kept(validated):
    known = documents()
    for _ in range(2):
        refusal(known, "{ nothing }")
    assert len(validated) == 2
    assert (meters(known).documents_new, meters(known).documents_known) == (0, 0)


def test_the_documents_kept_are_bounded_by_number_and_the_oldest_goes(validated):
    known = documents(cached_documents=2)
    for alias in "abacab":
        known.operation(Asked(f"{{ {alias}: serverInfo {{ name }} }}"))
    assert len(validated) == 4  # a, b, c, and b again, which was not used for longest when c came


def test_the_documents_kept_are_bounded_by_their_memory(validated):
    known = documents(cached_document_bytes=2 * 5_000)
    for number in (1, 2, 3, 3, 1):
        known.operation(Asked(f"{{ a{number}: serverInfo {{ name }} }}"))
    assert len(known._known) == 2
    assert known._known.bytes <= 10_000
    assert len(validated) == 4


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [(NAME, None, "query"), (NAME, "", "query"), (TWO, "Two", "query"), (TWO, "Three", "mutation")],
)
def test_an_operation_is_found_by_its_name_or_because_it_is_the_only_one(text, name, kind):
    operation = documents().operation(Asked(text, operation_name=name))
    assert (operation.kind.value, operation.name or "") == (kind, name or "")


def test_the_only_operation_may_have_a_name_that_is_not_asked_for():
    assert documents().operation(Asked("query One { __typename }")).name == "One"


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        (None, None, "has no `query`"),
        (TWO, None, "several operations: say in `operationName` which (it has 'One', 'Two', 'Three')"),
        (TWO, "", "several operations"),
        (TWO, "Four", "no operation 'Four': it has 'One', 'Two', 'Three'"),
        (NAME, "One", "no operation 'One': its only one has no name"),
        (NAME, "\ud800" * 100, "no operation"),
    ],
)
def test_an_operation_that_cannot_be_told_is_a_bad_request(text, name, says):
    refused = refusal(documents(), text, operation_name=name)
    assert says in refused.errors[0].message
    assert (refused.errors[0].extensions, refused.status) == ({"code": "BAD_REQUEST"}, 400)


@pytest.mark.parametrize(
    "text", ["", "{", "{ a(b: ) }", "query", "fragment F on Query", "\x00", "{ a } }", "# nothing"]
)
def test_what_does_not_parse_says_where(text):
    (error,) = refusal(documents(), text).errors
    assert error.extensions == {"code": "GRAPHQL_PARSE_FAILED"}
    assert error.locations


@pytest.mark.parametrize(
    "text",
    [
        "{ nothing }",
        "{ serverInfo }",
        "{ serverInfo { name { more } } }",
        "query($x: Nothing) { serverInfo { name } }",
        "fragment F on Query { serverInfo { name } }",
        "type Query { a: Int }",
        "{ panels(first: 1.5) { totalCount } }",
        "{ panels(first: 99999999999999999999) { totalCount } }",
        '{ events(first: "x") { nodes { at } } }',
        "subscription { heartbeat { at } serverInfo { name } }",
        "{ serverInfo { name } } { serverInfo { name } }",
    ],
)
def test_what_does_not_fit_the_schema_says_where(text):
    refused = refusal(documents(), text)
    assert {(error.extensions or {})["code"] for error in refused.errors} == {"GRAPHQL_VALIDATION_FAILED"}
    assert all(error.locations for error in refused.errors)
    assert refused.status == 400


def test_no_more_than_five_errors_are_told():
    assert len(refusal(documents(), "{" + "".join(f"x{number} " for number in range(50)) + "}").errors) == 5


def test_only_with_dev_errors_say_what_may_have_been_meant():
    assert "Did you mean" not in refusal(documents(), "{ serverInfo { nam } }").errors[0].message
    assert "Did you mean 'name'" in refusal(documents(dev=True), "{ serverInfo { nam } }").errors[0].message


def test_an_operation_says_what_it_wants():
    known = documents()
    assert known.operation(Asked(NAME)).scope.word == "read"
    operation = known.operation(Asked(TWO, operation_name="Three"))
    assert (operation.scope.word, operation.wanting) == ("control", "Mutation.pausePlant")


def test_only_a_subscriptions_document_has_no_places_in_the_text():
    """Its answers go to viewers who spell it otherwise."""
    known = documents()
    assert known.operation(Asked("subscription { heartbeat { at } }")).document.definitions[0].loc is None
    assert known.operation(Asked(NAME)).document.definitions[0].loc is not None


def test_introspection_as_graphiql_asks_for_it_is_within_all_limits():
    text = graphql.get_introspection_query(
        descriptions=True, specified_by_url=True, directive_is_repeatable=True, schema_description=True,
        input_value_deprecation=True,
    )  # fmt: skip
    assert 500 < documents().operation(Asked(text)).cost({}) < Limits().max_cost / 2


def test_a_limit_of_0_would_refuse_everything():
    assert told(documents(max_depth=1), NAME)["limit"] == "max_depth"

"""The scope of an operation: the widest that anything in its text could reach."""

from __future__ import annotations

import graphql
import pytest

from schema import rules
from schema.ports import Scope
from server.graphql.permissions import needed

SMALL = graphql.build_schema("""
interface Thing { id: ID! secret: String next: Thing }
type Lamp implements Thing { id: ID! secret: String next: Thing isOn: Boolean }
type Safe implements Thing { id: ID! secret: String next: Thing opened: [Lamp!]! }
union Either = Lamp | Safe
type Query { lamp: Lamp safe: Safe thing: Thing either: Either }
type Mutation { light: Lamp, unlock: Safe }
type Subscription { lamps: Lamp }
""")
RULES = rules.parsed("""
[Lamp]
read = ["id", "isOn", "secret", "next"]
[Safe]
read = ["id", "next"]
control = ["opened"]
admin = ["secret"]
[Query]
read = ["lamp", "safe", "thing", "either"]
[Mutation]
control = ["light"]
admin = ["unlock"]
[Subscription]
read = ["lamps"]
""")


@pytest.fixture(autouse=True)
def small_rules(monkeypatch):
    monkeypatch.setattr(rules, "committed", lambda: RULES)


def asked(text: str, name: str | None = None) -> tuple[Scope, str]:
    document = graphql.parse(text)
    assert graphql.validate(SMALL, document) == []
    operation = graphql.get_operation_ast(document, name)
    assert operation is not None
    return needed(SMALL, document, operation)


@pytest.mark.parametrize(
    ("text", "scope", "wanting"),
    [
        ("{ lamp { id secret } safe { id } }", Scope.READ, "Query.lamp"),
        ("{ safe { id opened { id } } }", Scope.CONTROL, "Safe.opened"),
        ("{ safe { opened { id } secret } }", Scope.ADMIN, "Safe.secret"),
        ("{ lamp: safe { id: secret } }", Scope.ADMIN, "Safe.secret"),
        ("{ thing { id } }", Scope.READ, "Query.thing"),
        ("{ thing { secret } }", Scope.ADMIN, "Thing.secret"),
        ("{ thing { ... on Lamp { secret } } }", Scope.READ, "Query.thing"),
        ("{ thing { ... on Safe { secret } } }", Scope.ADMIN, "Safe.secret"),
        ("{ thing { ... { secret } } }", Scope.ADMIN, "Thing.secret"),
        ("{ either { ... on Thing { id secret } } }", Scope.ADMIN, "Thing.secret"),
        ("{ either { __typename ... on Safe { opened { id } } } }", Scope.CONTROL, "Safe.opened"),
        ("{ thing { next { next { ... on Safe { secret } } } } }", Scope.ADMIN, "Safe.secret"),
        ("mutation { light { id } }", Scope.CONTROL, "Mutation.light"),
        ("mutation { light { id } unlock { id } }", Scope.ADMIN, "Mutation.unlock"),
        ("subscription { lamps { id } }", Scope.READ, "Subscription.lamps"),
        ("subscription { lamps { next { secret } } }", Scope.ADMIN, "Thing.secret"),
    ],
)
def test_the_widest_scope_counts_and_its_first_field_is_named(text, scope, wanting):
    assert asked(text) == (scope, wanting)


@pytest.mark.parametrize(
    "text",
    [
        "{ safe { ...Inside } } fragment Inside on Safe { secret }",
        "{ thing { ...Outer } } fragment Outer on Thing { ...Inside } fragment Inside on Safe { secret }",
        "{ ...Root } fragment Root on Query { lamp { id } safe { secret } }",
        "{ lamp { ...All } safe { ...All } } fragment All on Thing { ...Inside } fragment Inside on Thing { secret }",
    ],
)
def test_fragments_hide_nothing(text):
    scope, wanting = asked(text)
    assert scope is Scope.ADMIN
    assert wanting.endswith(".secret")


@pytest.mark.parametrize("off", ["@skip(if: true)", "@include(if: false)", "@skip(if: $off)"])
@pytest.mark.parametrize("text", ["secret {}", "... {} { secret }", "...Inside {}"])
def test_what_variables_leave_out_is_wanted_all_the_same(off, text):
    head = "query($off: Boolean = true) { " if "$" in off else "query { "
    other = " either { ... on Lamp @skip(if: $off) { id } }" if "$" in off else ""
    fragment = " fragment Inside on Safe { secret }" if "Inside" in text else ""
    scope, _ = asked(f"{head} safe {{ id {text.replace('{}', off, 1)} }}{other} }}{fragment}")
    assert scope is Scope.ADMIN


def test_only_the_operation_that_is_asked_for_counts():
    text = "query small { lamp { id } } mutation large { unlock { id } }"
    assert asked(text, "small") == (Scope.READ, "Query.lamp")
    assert asked(text, "large") == (Scope.ADMIN, "Mutation.unlock")


def test_what_is_meta_asks_for_nothing_more_than_to_be_let_in():
    assert asked("{ __typename __schema { types { name } } }") == (Scope.READ, "Query")
    assert asked('{ __type(name: "Safe") { fields { name } } }') == (Scope.READ, "Query")


def test_a_fragment_is_read_once_however_often_it_is_spread():
    """Thirty fragments that each spread the next one twice would be a thousand million fields."""
    chain = [f"fragment F{n} on Thing {{ a: next {{ ...F{n + 1} }} b: next {{ ...F{n + 1} }} }}" for n in range(30)]
    text = "{ thing { ...F0 } } " + " ".join(chain) + " fragment F30 on Safe { secret }"
    document = graphql.parse(text)
    operation = graphql.get_operation_ast(document)
    assert operation is not None
    assert needed(SMALL, document, operation) == (Scope.ADMIN, "Safe.secret")


def test_a_deep_text_is_no_deep_recursion():
    text = "{ thing " + "{ next " * 150 + "{ secret }" + " }" * 150 + " }"
    assert asked(text) == (Scope.ADMIN, "Thing.secret")

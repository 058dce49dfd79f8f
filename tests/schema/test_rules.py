"""Every field has a rule, and the rules say of each root field in the graph what it needs."""

from __future__ import annotations

import graphql
import pytest

from schema import SDL_PATH, rules
from schema.__main__ import main
from schema.ports import Scope
from schema.rules import UNDECIDED, committed, parsed, scope_at, scope_of, updated

SMALL = """
interface Thing { id: ID! secret: String }
type Lamp implements Thing { id: ID! secret: String isOn: Boolean }
type Safe implements Thing { id: ID! secret: String }
type Query { lamp: Lamp safe: Safe thing: Thing }
"""
RULES = """
[Lamp]
read = ["id", "isOn", "secret"]

[Query]
read = ["lamp", "safe", "thing"]

[Safe]
read = ["id"]
admin = ["secret"]
"""
ADMIN = {"addPanel", "removePanel", "wireMachine", "unwireMachine"}


@pytest.fixture(scope="session")
def small() -> graphql.GraphQLSchema:
    return graphql.build_schema(SMALL)


def test_every_field_has_a_rule_and_no_rule_is_of_a_field_that_is_gone(schema):
    assert rules.PATH.read_text() == updated(committed(), schema._schema), (
        "the graph's fields changed; write them with: python -m schema, and choose their scope in schema/rules.toml"
    )
    undecided = [f"{kind}.{name}" for kind, words in committed().items() for name in words if words[name] == UNDECIDED]
    assert undecided == [], "choose the scope of these in schema/rules.toml"


def test_changing_what_is_watched_needs_control_and_changing_what_busbar_knows_needs_admin(schema):
    needed = {name: scope_of("Mutation", name) for name in schema._schema.mutation_type.fields}
    assert {name for name, scope in needed.items() if scope is Scope.ADMIN} == ADMIN
    assert {scope for name, scope in needed.items() if name not in ADMIN} == {Scope.CONTROL}
    others = {scope_of(each.name, name) for each in rules.ruled(schema._schema) for name in each.fields
              if each.name != "Mutation"}  # fmt: skip
    assert others == {Scope.READ}


def test_a_field_that_nobody_decided_on_is_for_admins():
    assert scope_of("Query", "fresh") is Scope.ADMIN
    assert scope_of("Fresh", "name", {}) is Scope.ADMIN
    assert scope_of("Query", "fresh", {"Query": {"fresh": UNDECIDED}}) is Scope.ADMIN


def test_new_fields_are_written_as_undecided_and_gone_ones_go(small):
    old = parsed(RULES.replace('"isOn", ', "").replace('"thing"', '"gone"') + '[Gone]\nread = ["id"]\n')
    fresh = parsed(updated(old, small))
    assert fresh["Lamp"] == {"id": "read", "secret": "read", "isOn": UNDECIDED}
    assert fresh["Query"] == {"lamp": "read", "safe": "read", "thing": UNDECIDED}
    assert "Gone" not in fresh
    assert fresh["Safe"] == {"id": "read", "secret": "admin"}


def test_what_is_decided_stays_as_it_is_written(small):
    assert updated(parsed(RULES), small) == rules.HEAD + RULES


def test_long_lists_are_wrapped_and_read_again(small):
    many = graphql.build_schema("type Query { " + " ".join(f"field{n:03}: Int" for n in range(60)) + " }")
    text = updated({"Query": {f"field{n:03}": "read" for n in range(59)}}, many)
    assert max(map(len, text.splitlines())) <= 120
    assert parsed(text)["Query"] == {f"field{n:03}": "read" for n in range(59)} | {"field059": UNDECIDED}


@pytest.mark.parametrize("bad", ['[Query]\nread = ["a"]\nadmin = ["a"]', '[Query]\nwrite = ["a"]', "[Query"])
def test_rules_that_say_two_things_or_nothing_are_refused(bad):
    with pytest.raises(ValueError, match=r"stands twice|Expected"):
        parsed(bad)


def test_a_field_of_an_interface_needs_what_the_widest_of_its_types_wants(small, monkeypatch):
    monkeypatch.setattr(rules, "committed", lambda: parsed(RULES))
    thing = small.type_map["Thing"]
    assert isinstance(thing, graphql.GraphQLInterfaceType)
    assert scope_at(small, thing, "secret") is Scope.ADMIN
    assert scope_at(small, thing, "id") is Scope.READ
    lonely = graphql.build_schema("interface Thing { id: ID! } type Query { thing: Thing }")
    thing = lonely.type_map["Thing"]
    assert isinstance(thing, graphql.GraphQLInterfaceType)
    assert scope_at(lonely, thing, "id") is Scope.ADMIN


def test_each_root_field_says_in_the_graph_which_scope_it_needs(schema):
    graph = schema._schema
    for root in (graph.query_type, graph.mutation_type, graph.subscription_type):
        for name, field in root.fields.items():
            assert field.description.endswith(f". Needs the scope {scope_of(root.name, name).word}."), name
            assert field.description.count("Needs the scope") == 1, name


def test_the_documentation_has_the_scope_of_every_root_field():
    text = (rules.PATH.parents[1] / "docs/security.md").read_text()
    for word in ("read", "control", "admin"):
        names = {root: sorted(name for name, its in committed()[root].items() if its == word)
                 for root in ("Query", "Mutation", "Subscription")}  # fmt: skip
        told = (f"{root}: " + ", ".join(f"`{name}`" for name in its) for root, its in names.items() if its)
        row = f"| `{word}` | {'; '.join(told)} |"
        assert row in text, f"docs/security.md, Scopes and panels, wants: {row}"


def test_writing_the_graph_writes_the_rules_too(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("schema.__main__.SDL_PATH", tmp_path / SDL_PATH.name)
    monkeypatch.setattr("schema.__main__.PATH", tmp_path / rules.PATH.name)
    assert main([]) == 0
    assert (tmp_path / SDL_PATH.name).read_text() == SDL_PATH.read_text()
    assert (tmp_path / rules.PATH.name).read_text() == rules.PATH.read_text()
    assert capsys.readouterr().out.count("wrote") == 2

"""Who may ask for what: the scope that each field of the graph needs, as `schema/rules.toml` has it.

Every field of every object type stands there; a field of an interface needs what the widest of its types wants.
`python -m schema` writes new fields under UNDECIDED, where a test refuses them and only ADMIN may ask for them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from textwrap import wrap

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from schema.ports import Scope

PATH = Path(__file__).with_name("rules.toml")
UNDECIDED = "undecided"
WORDS = (*(scope.word for scope in Scope), UNDECIDED)
WIDTH = 118
HEAD = """\
# What each field of the graph needs of a token: read (looking and watching), control (changing what is watched) or
# admin (changing what busbar itself knows). `python -m schema` adds new fields as `undecided`; move them to a scope.
"""
Rules = Mapping[str, Mapping[str, str]]
"""The word of each field, by its type's name and its own."""


def parsed(text: str) -> Rules:
    """Raises ValueError for a word that is no scope, and for a field that stands twice."""
    rules: dict[str, dict[str, str]] = {}
    for type_name, words in tomllib.loads(text).items():
        here = rules[type_name] = {}
        for word, names in words.items():
            for name in names:
                if word not in WORDS or name in here:
                    raise ValueError(f"{type_name}.{name} stands twice, or under {word!r}, none of {', '.join(WORDS)}")
                here[name] = word
    return rules


@cache
def committed() -> Rules:
    """Those of `schema/rules.toml`."""
    return parsed(PATH.read_text(encoding="utf-8"))


def scope_of(type_name: str, field_name: str, rules: Rules | None = None) -> Scope:
    """What a field of an object type needs; ADMIN where nobody has decided."""
    word = (committed() if rules is None else rules).get(type_name, {}).get(field_name, UNDECIDED)
    return Scope.ADMIN if word == UNDECIDED else Scope[word.upper()]


def ruled(schema: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    """The types that need rules, by name."""
    for name, found in sorted(schema.type_map.items()):
        if isinstance(found, GraphQLObjectType) and not name.startswith("__"):
            yield found


def scope_at(schema: GraphQLSchema, parent: GraphQLObjectType | GraphQLInterfaceType, field_name: str) -> Scope:
    """What a field that is asked of this type needs, whichever object answers."""
    if isinstance(parent, GraphQLObjectType):
        return scope_of(parent.name, field_name)
    return max((scope_of(each.name, field_name) for each in schema.get_possible_types(parent)), default=Scope.ADMIN)


def updated(rules: Rules, schema: GraphQLSchema) -> str:
    """The rules of all that the schema has and nothing else, as the file has them; what is new is undecided."""
    tables = []
    for found in ruled(schema):
        known = rules.get(found.name, {})
        words = {name: known.get(name, UNDECIDED) for name in sorted(found.fields)}
        lists = (_list(word, [name for name, its in words.items() if its == word]) for word in WORDS)
        tables.append(f"[{found.name}]\n" + "".join(lists))
    return "\n".join((HEAD, *tables))


def _list(word: str, names: list[str]) -> str:
    if not names:
        return ""
    quoted = ", ".join(f'"{name}"' for name in names)
    line = f"{word} = [{quoted}]\n"
    if len(line) <= WIDTH:
        return line
    return f"{word} = [\n" + "".join(f"  {part}\n" for part in wrap(f"{quoted},", WIDTH - 2)) + "]\n"


def tell(schema: GraphQLSchema) -> None:
    """Say of each root field, behind its description, which scope it needs."""
    for root in filter(None, (schema.query_type, schema.mutation_type, schema.subscription_type)):
        for name, field in root.fields.items():
            field.description = f"{field.description} Needs the scope {scope_of(root.name, name).word}."

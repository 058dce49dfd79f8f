"""The contract, as it is committed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import graphql
import pytest

from schema import SDL_PATH, build_schema
from schema.__main__ import main
from schema.compose import sdl

BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}


def test_the_committed_schema_is_the_one_that_is_served(schema):
    assert SDL_PATH.read_text() == sdl(schema), (
        "the graph changed; look at it with: python -m schema && git diff schema"
    )


def test_the_schema_is_the_same_each_time_it_is_built(schema):
    assert sdl(build_schema()) == sdl(schema)


def test_the_schema_can_be_printed(schema, capsys):
    assert main(["--print"]) == 0
    assert capsys.readouterr().out == sdl(schema)


def test_a_mistyped_option_is_answered_with_the_usage(capsys):
    assert main(["--chekc"]) == 2
    assert "usage: python -m schema" in capsys.readouterr().err


def test_importing_the_package_does_not_import_strawberry():
    code = "import schema, sys; sys.exit('strawberry' in sys.modules or 'numpy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def undescribed(schema: graphql.GraphQLSchema) -> Iterator[str]:
    """The names of all that has no description."""
    for name, type_ in schema.type_map.items():
        if name.startswith("__") or name in BUILT_IN:
            continue
        parts = {name: type_}
        if isinstance(type_, graphql.GraphQLEnumType):
            parts |= {f"{name}.{each}": value for each, value in type_.values.items()}
        for each, field in getattr(type_, "fields", {}).items():
            parts[f"{name}.{each}"] = field
            parts |= {f"{name}.{each}({arg})": found for arg, found in getattr(field, "args", {}).items()}
        yield from (part for part, found in parts.items() if not (found.description or "").strip())


def test_everything_in_the_graph_is_described(schema):
    assert list(undescribed(schema._schema)) == []


def test_a_missing_description_is_found():
    bare = graphql.build_schema('"Q" type Query { "a" a("d" x: Int, y: Int): E b: Int } "E" enum E { V }')

    assert set(undescribed(bare)) == {"Query.a(y)", "Query.b", "E.V"}


@pytest.mark.parametrize("field", ["powerW", "gridPowerW", "feedthroughPowerW"])
def test_every_power_says_its_unit_and_its_sign(schema, field):
    found = [t.fields[field] for t in schema._schema.type_map.values() if field in getattr(t, "fields", {})]

    assert found
    assert all(" W" in each.description and "positive = " in each.description for each in found)

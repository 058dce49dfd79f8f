"""What docs/joins.md tells is what there is: operations, refusals, events, limits, names."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from graphql import GraphQLObjectType, GraphQLUnionType, build_schema, get_named_type, parse, validate

from schema import SDL_PATH
from schema.bounds import MAX_PAGE
from server.joins import documents, formed
from server.joins.limits import Limits
from server.plant.events import EventKind
from tests.together.whole import whole

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "joins.md").read_text()
PROSE = re.sub(r"\s+", " ", DOCUMENT)
SCHEMA = build_schema(SDL_PATH.read_text())


def rows(*headings: str) -> list[list[str]]:
    """The cells of the table with that head, row by row."""
    head = f"| {' | '.join(headings)} |\n"
    assert DOCUMENT.count(head) == 1
    lines = DOCUMENT.partition(head)[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def refusals_of(mutation: str) -> set[str]:
    assert SCHEMA.mutation_type is not None
    union = get_named_type(SCHEMA.mutation_type.fields[mutation].type)
    assert isinstance(union, GraphQLUnionType)
    return {each.name for each in union.types if each.name != "Machine"}


def test_the_operations_fit_the_schema() -> None:
    blocks = re.findall(r"^```graphql\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 2
    assert [validate(SCHEMA, parse(block)) for block in blocks] == [[], []]


def test_the_mutations_and_their_refusals_are_those_there_are() -> None:
    told = {words(mutation)[0]: set(words(refusals)) for mutation, refusals in rows("mutation", "refusals")}
    assert told == {name: refusals_of(name) for name in ("wireMachine", "unwireMachine")}
    described = {words(name)[0] for name, *_ in rows("refusal", "when", "what to do")}
    assert described == set.union(*told.values())


async def test_the_events_are_those_there_are(tmp_path: Path, span_panel) -> None:
    told = {
        (words(kind)[0], words(topic)[0]): words(data)
        for kind, topic, _, data in rows("kind", "topic", "subject", "data")
    }
    async with whole(tmp_path, span_panel) as opened:
        await opened.wire_all()
        await opened.ask("mutation { unwireMachine(line: CELL, stage: AGING) { __typename } }")
        await opened.made("one")
        answer = await opened.ask(
            '{ events(topics: ["joins", "cells"], first: 500) { nodes { kind topic data subject } } }'
        )
    events = [each for each in answer["events"]["nodes"] if each["topic"] == "joins" or each["subject"] == "batch/one"]
    assert {(each["kind"], each["topic"]): list(each["data"]) for each in events} == told


def test_the_energies_are_those_there_are() -> None:
    batch = SCHEMA.type_map["Batch"]
    assert isinstance(batch, GraphQLObjectType)
    there_are = {name for name in batch.fields if name.endswith("nergyKwh")}
    assert {words(name)[0] for name, _ in rows("field of `Batch`", "kWh of")} == there_are


def test_every_field_and_kind_named_is_there() -> None:
    for name in re.findall(r"`((?:Batch|BatchStep|Machine|Circuit|CellInstance)\.\w+)`", DOCUMENT):
        owner, _, field = name.partition(".")
        assert field in SCHEMA.type_map[owner].fields, name  # type: ignore[attr-defined]  # all of them are objects
    assert {"machine_down", "machine_started"} <= set(map(str, EventKind))


def test_the_limits_are_those_there_are() -> None:
    told = dict(re.findall(r"`(\w+)`\s\(([\d,]+)\)", DOCUMENT.partition("## Limits")[2]))
    assert told == {each.name: f"{each.default:,.0f}" for each in fields(Limits)}
    assert f"A page has {MAX_PAGE} rows at most, and `nodes` takes {MAX_PAGE} ids" in PROSE


def test_the_words_and_figures_are_those_there_are() -> None:
    assert f"`{documents.MODEL}`" in PROSE
    assert f"tags `{documents.TAGS[0]}` and `{documents.TAGS[1]}`" in PROSE
    assert f"`{formed.SELF_DISCHARGE}`" in PROSE
    assert f"a standard deviation of {formed.CAPACITY_CV:.0%}".replace("%", " %") in PROSE
    assert f"farther than {formed.FARTHEST:.0f} of them" in PROSE

"""What holds of the whole graph, generated from the schema and asked of a whole server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from emulator.panel import EmulatedPanel
from emulator.testing.panel import SpanPanel
from schema import SDL_PATH, build_schema
from schema.bounds import MAX_PAGE
from schema.nodes import FINDERS
from schema.ports import Position
from schema.scalars import packed, unpacked, write_cursor
from tests.together.whole import Whole, whole

SCHEMA: GraphQLSchema = build_schema()._schema
NODE = SCHEMA.type_map["Node"]
LOG = "EventConnection"


class ListField(NamedTuple):
    """A field that answers with a connection."""

    owner: str
    name: str
    field: GraphQLField

    @property
    def connection(self) -> GraphQLObjectType:
        found = get_named_type(self.field.type)
        assert isinstance(found, GraphQLObjectType)
        return found

    def document(self, inner: str = "pageInfo { endCursor hasNextPage }") -> str:
        """Asks for it, at the root or of the thing with an id."""
        arguments = f"$first: Int!, $after: {get_named_type(self.field.args['after'].type)}"
        asked = f"it: {self.name}(first: $first, after: $after) {{ {inner} }}"
        if self.owner == "Query":
            return f"query({arguments}) {{ {asked} }}"
        return f"query({arguments}, $id: ID!) {{ node(id: $id) {{ ... on {self.owner} {{ {asked} }} }} }}"


def objects() -> Iterator[GraphQLObjectType]:
    return (each for name, each in SCHEMA.type_map.items()
            if isinstance(each, GraphQLObjectType) and not name.startswith("__"))  # fmt: skip


LISTS = [
    ListField(owner.name, name, field)
    for owner in objects()
    for name, field in owner.fields.items()
    if get_named_type(field.type).name.endswith("Connection")
]
KEYED = [each for each in LISTS if each.connection.name != LOG]
ENTITIES = sorted(each.name for each in objects() if isinstance(NODE, GraphQLInterfaceType) and NODE in each.interfaces)
IDS = """{
  panels { nodes { id circuits { id } } } plant { lines { machines { id } } } batches { nodes { id } }
  cellSpecifications { nodes { id } } cellInstances(first: 3) { nodes { id } }
  cellMeasurements(first: 3) { nodes { id } }
}"""


@pytest.fixture(scope="module")
async def opened(anyio_backend, tmp_path_factory, span_panel_thread):
    """A server with a panel, batches that were made, and their cells."""
    panel = EmulatedPanel.create("pilot-plant-40", speed=0.0)
    with closing(SpanPanel(panel, span_panel_thread)) as shown:
        async with whole(tmp_path_factory.mktemp("conventions"), shown) as opened:
            await opened.made("one", "two")
            yield opened


@pytest.fixture(scope="module")
async def ids(opened: Whole) -> dict[str, list[str]]:
    """Global ids by the type that they name."""
    found: dict[str, list[str]] = {}

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if "id" in value:
                found.setdefault(json.loads(unpacked(value["id"]))[0], []).append(value["id"])
            value = list(value.values())
        for each in value if isinstance(value, list) else []:
            look(each)

    look(await opened.ask(IDS))
    return found


# --- things with an id -------------------------------------------------------------------------------------


def test_what_has_an_id_is_a_node_and_can_be_found_again():
    with_id = {each.name for each in objects() if "id" in each.fields and str(each.fields["id"].type) == "ID!"}
    assert with_id == set(ENTITIES) == {kind for kind, _ in FINDERS}


async def test_each_thing_is_found_again_by_its_id(opened, ids):
    assert sorted(ids) == ENTITIES
    for kind, some in ids.items():
        answer = await opened.ask("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=some)
        assert answer["nodes"] == [{"__typename": kind, "id": each} for each in some]
        one = await opened.ask("query($id: ID!) { node(id: $id) { __typename id } }", id=some[0])
        assert one["node"] == {"__typename": kind, "id": some[0]}


@pytest.mark.parametrize(
    ("count", "text", "extensions"),
    [
        (501, f"ids: 501 given, at most {MAX_PAGE} are answered at once; split the list",
         {"code": "BAD_USER_INPUT", "argument": "ids"}),
        (10_000, "the operation may cost 10,400, more than 5,000: ask for smaller pages",
         {"code": "LIMIT_EXCEEDED", "limit": "max_cost", "allowed": 5_000, "asked": 10_400}),
    ],
)  # fmt: skip
async def test_too_many_ids_are_refused_with_a_sentence(opened, ids, count, text, extensions):
    some = (ids["CellInstance"] * count)[:count]
    answer = await opened.answer("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=some)
    (error,) = answer["errors"]
    assert error["message"] == text
    assert error["extensions"] == extensions


# --- lists -------------------------------------------------------------------------------------------------


def test_every_list_that_grows_is_a_relay_connection():
    assert len(LISTS) == len({(each.owner, each.name) for each in LISTS}) > 5
    for each in LISTS:
        assert set(each.connection.fields) - {"totalCount"} == {"edges", "nodes", "pageInfo"}
        info = get_named_type(each.connection.fields["pageInfo"].type)
        edge = get_named_type(each.connection.fields["edges"].type)
        assert isinstance(info, GraphQLObjectType)
        assert isinstance(edge, GraphQLObjectType)
        assert set(info.fields) == {"hasNextPage", "hasPreviousPage", "startCursor", "endCursor"}
        assert set(edge.fields) == {"node", "cursor"}
        assert isinstance(each.field.args["first"].type, GraphQLNonNull)
        assert get_named_type(edge.fields["node"].type) is get_named_type(each.connection.fields["nodes"].type)


def test_the_total_is_there_where_it_is_cheap():
    without = {each.connection.name for each in LISTS if "totalCount" not in each.connection.fields}
    assert without == {LOG}


def owner_id(each: ListField, ids: dict[str, list[str]]) -> dict[str, str]:
    return {} if each.owner == "Query" else {"id": ids[each.owner][0]}


@pytest.mark.parametrize("each", LISTS, ids=lambda each: f"{each.owner}.{each.name}")
async def test_a_page_has_500_rows_at_most(opened, ids, each):
    for first in (-1, MAX_PAGE + 1, 2**31 - 1):
        answer = await opened.answer(each.document(), first=first, after=None, **owner_id(each, ids))
        assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": "first"}
        assert answer["errors"][0]["message"] == f"first: {first} is not in 0 to {MAX_PAGE}"
    assert await opened.ask(each.document(), first=MAX_PAGE, after=None, **owner_id(each, ids))


@pytest.mark.parametrize("each", LISTS, ids=lambda each: f"{each.owner}.{each.name}")
async def test_pages_of_one_row_are_the_list(opened, ids, each):
    shown = "nodes { __typename } edges { cursor } pageInfo { endCursor hasNextPage hasPreviousPage startCursor }"
    all_at_once = page_of(await opened.ask(each.document(shown), first=3, after=None, **owner_id(each, ids)))
    after, cursors = None, []
    for _ in all_at_once["edges"]:
        page = page_of(await opened.ask(each.document(shown), first=1, after=after, **owner_id(each, ids)))
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after = page["pageInfo"]["endCursor"]
        assert page["edges"][0]["cursor"] == after == page["pageInfo"]["startCursor"]
        cursors.append(after)
    # The log's cursors also say how far the topics are that had nothing on the page.
    assert each.connection.name == LOG or cursors == [edge["cursor"] for edge in all_at_once["edges"]]


def page_of(answer: dict[str, Any]) -> dict[str, Any]:
    page: dict[str, Any] = answer["it"] if "it" in answer else answer["node"]["it"]
    return page


async def refused(opened: Whole, each: ListField, after: str, ids: dict[str, list[str]]) -> str:
    answer = await opened.answer(each.document(), first=3, after=after, **owner_id(each, ids))
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "CURSOR_INVALID", (each, after, answer)
    return str(error["message"])


def written(*parts: object) -> str:
    return packed(json.dumps(parts))


@pytest.mark.parametrize("each", KEYED, ids=lambda each: f"{each.owner}.{each.name}")
async def test_a_cursor_that_is_not_of_this_list_is_refused_with_a_sentence(opened, ids, each):
    mine = f"{each.owner}.{each.name}"
    garbage = ["", "x", "ä", "A" * 20_000, "bnVsbA", written(), written(1), written(opened.world.log_id, mine, 7)]
    others = [written(opened.world.log_id, "Query.others", "1"), written("another server", mine, "1"), written("1")]
    others += [write_cursor(await opened.world.events.position())]
    for after in garbage + others:
        message = await refused(opened, each, after, ids)
        assert "after is no cursor of this list" in message
        assert len(message) < 200


async def test_the_cursor_of_each_list_is_refused_by_each_other(opened, ids):
    cursors = {}
    for each in KEYED:
        page = page_of(await opened.ask(each.document(), first=1, after=None, **owner_id(each, ids)))
        cursors[each.owner, each.name] = page["pageInfo"]["endCursor"]
    assert None not in cursors.values()
    for each in KEYED:
        for of, cursor in cursors.items():
            if of != (each.owner, each.name):
                await refused(opened, each, cursor, ids)


async def test_a_cursor_of_another_log_or_of_the_future_is_refused_with_a_sentence(opened, ids):
    (log,) = (each for each in LISTS if each.connection.name == LOG)
    here = await opened.world.events.position()
    later = Position(here.log_id, {**here.seqs, "plant": here.seqs["plant"] + 1})
    assert "another log" in await refused(opened, log, write_cursor(Position("another", here.seqs)), ids)
    assert "which ends at" in await refused(opened, log, write_cursor(later), ids)
    for garbage in ("", "x", "A" * 20_000, written("panel")):
        assert "is no cursor" in await refused(opened, log, garbage, ids)


# --- words -------------------------------------------------------------------------------------------------


def test_every_mutation_answers_with_a_union_of_the_thing_and_refusals():
    assert SCHEMA.mutation_type is not None
    refusals = {name for name, each in SCHEMA.type_map.items()
                if isinstance(each, GraphQLInterfaceType) and "message" in each.fields}  # fmt: skip
    assert len(refusals) >= 4
    for name, field in SCHEMA.mutation_type.fields.items():
        union = get_named_type(field.type)
        assert isinstance(union, GraphQLUnionType), name
        assert isinstance(field.type, GraphQLNonNull), name
        kinds = [bool(refusals & {each.name for each in member.interfaces}) for member in union.types]
        assert {True, False} == set(kinds), name
        assert all("message" in member.fields for member, refuses in zip(union.types, kinds, strict=True) if refuses)


UNITS = {
    "W": "W", "Wh": "Wh", "WH": "W.h", "Kwh": "kWh", "V": "V", "A": "A", "AH": "A.h", "Ohm": "ohm", "S": "s",
    "Ms": "ms", "PerS": "/s", "M": "m", "Um": "um", "Kg": "kg", "K": "K", "Pa": "Pa", "KPa": "kPa", "N": "N",
    "Hz": "Hz", "DegC": "degC", "Percent": "percent",
}  # fmt: skip


def described() -> Iterator[tuple[str, GraphQLField | GraphQLArgument | GraphQLInputField]]:
    """All that has a type, by its place."""
    for kind in SCHEMA.type_map.values():
        if not kind.name.startswith("__"):
            for name, field in getattr(kind, "fields", {}).items():
                yield f"{kind.name}.{name}", field
                yield from ((f"{kind.name}.{name}.{arg}", found) for arg, found in getattr(field, "args", {}).items())


def says(text: str, unit: str) -> bool:
    """Whether the text has the unit as a word of its own."""
    words = text.replace("milliseconds", "ms").replace("seconds", "s").replace(" %", " percent").replace("/s", " /s")
    return bool(re.search(rf"(?<!\w){re.escape(UNITS[unit])}(?!\w)", words))


def unit_of(place: str) -> str | None:
    return max((unit for unit in UNITS if re.search(rf"[a-z0-9]{unit}$", place)), key=len, default=None)


def test_the_unit_in_a_name_is_said_in_words_too():
    numbers = [(place, field) for place, field in described() if str(get_named_type(field.type)) in ("Float", "Int")]
    found = {place: (unit, field.description or "") for place, field in numbers if (unit := unit_of(place))}
    assert len(found) > 100
    assert [place for place, (unit, text) in found.items() if not says(text, unit)] == []


def test_the_contract_has_no_word_of_the_way_it_is_kept():
    assert not re.search(r"\b(SQL|SQLite|Python|Strawberry)\b", SDL_PATH.read_text())

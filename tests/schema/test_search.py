"""Search in the graph: the words that are looked for, and hits with their things."""

from __future__ import annotations

import pytest

from schema import ports
from schema.ports import EntityKind, Hit, Match, SearchedField, Span
from tests.schema.nouns import SERIAL

SEARCH = """query($text: String!, $kinds: [EntityKind!], $first: Int! = 20) {
  search(text: $text, kinds: $kinds, first: $first) {
    kind node { __typename id } matches { field text spans { start end } } } }"""


def hit(kind: EntityKind, *keys: str) -> Hit:
    return Hit(kind, keys, (Match(SearchedField.NAME, "the oven", (Span(4, 8),)),))


async def test_hits_keep_their_rank_and_carry_their_things(ask, world):
    world.search.hits = [hit(EntityKind.CIRCUIT, SERIAL, "c2"), hit(EntityKind.PANEL, SERIAL)]

    answer = await ask(SEARCH, text="oven")

    assert answer["errors"] == []
    assert [(each["kind"], each["node"]["__typename"]) for each in answer["search"]] == [
        ("CIRCUIT", "Circuit"),
        ("PANEL", "Panel"),
    ]
    assert answer["search"][0]["matches"] == [{"field": "NAME", "text": "the oven", "spans": [{"start": 4, "end": 8}]}]


async def test_what_is_gone_meanwhile_is_left_out(ask, world):
    world.search.hits = [hit(EntityKind.PANEL, "gone"), hit(EntityKind.PANEL, SERIAL)]

    assert len((await ask(SEARCH, text="oven"))["search"]) == 1


async def test_words_kinds_and_number_are_handed_on(ask, world):
    await ask(SEARCH, text="  two\twords\0 ", kinds=["MACHINE", "BATCH"], first=3)
    await ask(SEARCH, text="x")

    assert world.search.asked == [
        (["two", "words"], [EntityKind.MACHINE, EntityKind.BATCH], 3),
        (["x"], list(ports.EntityKind), 20),
    ]


@pytest.mark.parametrize("given", [{"kinds": []}, {"first": 0}])
async def test_who_asks_for_nothing_gets_nothing(ask, world, given):
    world.search.hits = [hit(EntityKind.PANEL, SERIAL)]

    assert (await ask(SEARCH, text="x", **given))["search"] == []


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"text": ""}, "text: is empty"),
        ({"text": " \t\n\0"}, "text: is empty"),
        ({"text": "x" * 10_000}, "text: has 10,000 characters, at most 200"),
        ({"text": "x", "first": 501}, "first: 501 is not in 0 to 500"),
        ({"text": "x", "first": -1}, "first: -1 is not in 0 to 500"),
    ],
)
async def test_what_cannot_be_looked_for_is_refused(ask, world, given, complaint):
    answer = await ask(SEARCH, **given)

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert answer["errors"][0]["message"].startswith(complaint)
    assert world.search.asked == []

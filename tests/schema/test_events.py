"""The log in the graph: pages that can be gone on with, and cursors that say what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.events import positions
from schema.ports import Event, Position
from schema.scalars import write_cursor
from tests.schema.conftest import Ask
from tests.schema.nouns import NOW

PAGE = """query($after: Cursor, $first: Int, $topics: [String!]) {
  events(after: $after, first: $first, topics: $topics) {
    nodes { sequence kind subject } edges { cursor node { cursor } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@pytest.fixture
async def told(world):
    for number in range(1, 6):
        await world.events.tell("a" if number % 2 else "b", f"Happened{number}", {"before": None, "list": [1, "x"]})
    return world


async def kinds(ask: Ask, **variables: Any) -> tuple[list[int], dict[str, Any]]:
    answer = await ask(PAGE, **variables)
    assert answer["errors"] == []
    return [int(node["kind"][-1]) for node in answer["events"]["nodes"]], answer["events"]["pageInfo"]


async def test_an_event_tells_what_happened_to_what_and_when(ask, told):
    answer = await ask("{ events(first: 1) { nodes { topic sequence at subject kind data } } }")

    assert answer["events"]["nodes"] == [
        {
            "topic": "panel", "sequence": 1, "at": "2026-06-21T12:00:00Z", "subject": "a", "kind": "Happened1",
            "data": {"before": None, "list": [1, "x"]},
        }
    ]  # fmt: skip


async def test_pages_follow_each_other_without_gap_or_repeat(ask, told):
    first, info = await kinds(ask, first=2)
    assert (first, info["hasNextPage"], info["hasPreviousPage"]) == ([1, 2], True, False)

    second, info = await kinds(ask, first=2, after=info["endCursor"])
    assert (second, info["hasNextPage"], info["hasPreviousPage"]) == ([3, 4], True, True)

    third, info = await kinds(ask, first=2, after=info["endCursor"])
    assert (third, info["hasNextPage"]) == ([5], False)


async def test_each_events_own_cursor_goes_on_right_behind_it(ask, told):
    answer = await ask(PAGE, first=3)
    cursors = [edge["cursor"] for edge in answer["events"]["edges"]]

    assert [edge["node"]["cursor"] for edge in answer["events"]["edges"]] == cursors
    assert [(await kinds(ask, after=cursor))[0] for cursor in cursors] == [[2, 3, 4, 5], [3, 4, 5], [4, 5]]


async def test_an_empty_page_still_says_where_to_go_on(ask, told):
    _, info = await kinds(ask)

    nothing, info = await kinds(ask, after=info["endCursor"])
    await told.events.tell("a", "Happened6")

    assert (nothing, info["startCursor"]) == ([], None)
    assert (await kinds(ask, after=info["endCursor"]))[0] == [6]


async def test_the_end_of_the_log_can_be_asked_for_before_the_state(ask, told):
    cursor = (await ask("{ eventCursor }"))["eventCursor"]
    await told.events.tell("a", "Happened6")

    assert (await kinds(ask, after=cursor))[0] == [6]


async def test_a_topic_is_narrowed_to_subjects(ask, told):
    assert (await kinds(ask, topics=["panel/b"]))[0] == [2, 4]
    assert (await kinds(ask, topics=["panel/a", "panel/b"]))[0] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("topic", ["lab", "panel/", "", "PANEL", "panel/" + "x" * 300])
async def test_a_topic_that_does_not_exist_is_refused(ask, topic):
    answer = await ask(PAGE, topics=[topic])

    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": "topics"}
    assert "there is no topic" in answer["errors"][0]["message"]


@pytest.mark.parametrize("first", [-1, 501])
async def test_a_page_is_at_most_500_events(ask, first):
    answer = await ask(PAGE, first=first)

    assert answer["errors"][0]["message"] == f"first: {first} is not in 0 to 500"


async def test_r15_a_cursor_beyond_the_retention_is_told_so(ask, told):
    told.events.pruned = 3

    answer = await ask(PAGE, after=write_cursor(Position("log", {"panel": 1})))

    assert answer["errors"][0]["extensions"] == {"code": "CURSOR_EXPIRED", "topic": "panel", "oldest": 4}
    assert "read the present state" in answer["errors"][0]["message"]


async def test_a_cursor_of_another_log_is_invalid(ask, told):
    answer = await ask(PAGE, after=write_cursor(Position("another log", {"panel": 1})))

    assert answer["errors"][0]["extensions"] == {"code": "CURSOR_INVALID"}


@pytest.mark.parametrize(
    "cursor", ["", "x", "!!!!", "bnVsbA", "W10", "WyJsb2ciLHsicGFuZWwiOi0xfV0", "ä", "A" * 5000, "W" * 2000, 7]
)
async def test_what_is_no_cursor_is_invalid_and_not_echoed_whole(ask, cursor):
    answer = await ask(PAGE, after=cursor)

    assert answer["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"
    assert len(answer["errors"][0]["message"]) < 250


@given(st.lists(st.sampled_from("abc"), max_size=30), st.dictionaries(st.sampled_from("abcd"), st.integers(0, 50)))
def test_a_place_in_a_page_is_behind_what_came_and_before_what_comes(topics, start):
    seqs, found = {topic: start.get(topic, 0) for topic in "abcd"}, []
    for topic in topics:
        seqs[topic] += 1
        found.append(Event(topic, seqs[topic], NOW, "s", "k", {}))

    for after in (None, Position("log", start)):
        places = positions(found, after, Position("log", seqs))

        assert len(places) == len(found) + 1
        for number, place in enumerate(places):
            assert all(event.seq <= place.seqs[event.topic] for event in found[:number])
            assert all(event.seq > place.seqs[event.topic] for event in found[number:])

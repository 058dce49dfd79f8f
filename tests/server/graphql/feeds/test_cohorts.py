"""Who shares a source with whom, and what each of them gets."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Hashable
from dataclasses import replace

import pytest

from schema import ports
from schema.context import Context
from server.graphql.engine import Feed
from server.graphql.feeds.cohorts import Cohorts
from server.graphql.operations import Operation
from tests.schema.cells.fakes import FakeLinks
from tests.schema.serving import until
from tests.server.graphql.feeds.sources import CURSOR, END, Edge, Reader, edge, settled


async def everybody(one: Edge, *texts: str) -> list[Reader]:
    return [await one.join(text) for text in texts]


async def test_a_thousand_viewers_are_told_by_one_execution_each(one: Edge) -> None:
    readers = await everybody(one, *["subscription { every { seq counted } }"] * 1000)
    one.plug.tell(1, 2, 3)
    await settled()
    assert all(reader.seqs == [1, 2, 3] for reader in readers)
    assert (one.plug.opened, one.plug.executions) == (1, 3)
    assert (one.meters.operations, one.meters.sources, one.meters.events_delivered) == (1000, 1, 3000)


async def test_another_spelling_is_no_other_question(one: Edge) -> None:
    texts = ["subscription{every{seq}}", "subscription A { # mine\n every { seq, } }", "subscription B {every{seq}}"]
    await everybody(one, *texts)
    assert one.plug.opened == 1


async def test_variables_are_compared_by_what_they_mean(one: Edge) -> None:
    text = 'subscription ($about: String = "it") { every(about: $about) { seq } }'
    await one.join(text)
    await one.join(text, about="it")
    await one.join(text, about="it", unknown=1)
    assert one.plug.opened == 1
    await one.join(text, about="that")
    assert one.plug.opened == 2


async def test_another_selection_is_another_question(one: Edge) -> None:
    await everybody(one, "subscription { every { seq } }", "subscription { every { seq text } }")
    assert one.plug.opened == 2


async def test_links_are_on_the_address_that_the_viewer_came_by(one: Edge) -> None:
    elsewhere = replace(one.context, links=FakeLinks())
    text = "subscription { every { link } }"
    await one.join(text)
    await one.join(text, context=elsewhere)
    assert one.plug.opened == 2


async def sharing_never_crosses_permissions(one: Edge) -> None:
    text = "subscription { newest { seq panels } }"
    mine, yours = one.seen_by("mine"), one.seen_by("yours")
    asked = [(await one.join(text, context=context), context) for context in (mine, yours, mine, one.context)]
    one.plug.tell(1)
    await settled()
    for reader, context in asked:
        assert [answer["data"]["newest"]["panels"] for answer in reader.answers] == [list(context.viewer.panels or ())]
    assert one.plug.opened == 3


class Blind(Cohorts):
    """A mutant, whose key leaves out who asks."""

    def key_of(self, operation: Operation, feed: Feed, context: Context) -> Hashable:
        return super().key_of(operation, feed, replace(context, viewer=ports.EVERYBODY))


async def test_sharing_never_crosses_permissions(one: Edge) -> None:
    await sharing_never_crosses_permissions(one)


async def test_a_key_without_the_viewer_would_be_caught() -> None:
    with pytest.raises(AssertionError):
        await sharing_never_crosses_permissions(edge(cohorts=Blind))


async def test_a_replay_is_the_viewers_own(one: Edge) -> None:
    text = "subscription ($after: Cursor) { every(after: $after) { seq } }"
    await one.join(text, after=CURSOR)
    await one.join(text, after=CURSOR)
    await everybody(one, *[f'subscription {{ every(after: "{CURSOR}") {{ seq }} }}'] * 2)
    assert one.plug.opened == 4
    await one.join(text, after=None)
    await one.join(text, after=None)
    assert one.plug.opened == 5


async def test_what_is_not_to_be_shared_is_not(one: Edge) -> None:
    await everybody(one, *["subscription { own { seq } }"] * 3)
    assert (one.plug.opened, one.meters.sources) == (3, 3)


async def test_one_field_asked_twice_is_one_feed(one: Edge) -> None:
    reader = await one.join("subscription { every { seq } ...F } fragment F on Subscription { every { text } }")
    one.plug.tell(4)
    await settled()
    assert reader.answers == [{"data": {"every": {"seq": 4, "text": ""}}}]


async def test_a_late_one_gets_the_newest_at_once(one: Edge) -> None:
    text = "subscription { newest { seq counted } }"
    early = await one.join(text)
    one.plug.tell(1, 2)
    await settled()
    late = await one.join(text)
    await settled()
    assert late.seqs == [2]
    one.plug.tell(3)
    await settled()
    assert (early.seqs, late.seqs, one.plug.executions) == ([1, 2, 3], [2, 3], 3)


async def test_of_transitions_a_late_one_gets_those_to_come(one: Edge) -> None:
    text = "subscription { every { seq } }"
    early = await one.join(text)
    one.plug.tell(1)
    await settled()
    late = await one.join(text)
    await settled()
    one.plug.tell(2)
    await settled()
    assert (early.seqs, late.seqs) == ([1, 2], [2])


async def test_one_that_joins_while_others_are_told_gets_each_event_once(one: Edge) -> None:
    text = "subscription { newest { seq } }"
    readers = await everybody(one, *[text] * 600)
    one.plug.tell(1)
    await until(lambda: readers[0].answers)
    assert not readers[-1].answers
    late = await one.join(text)
    await settled()
    assert (late.seqs, readers[-1].seqs) == ([1], [1])


async def test_those_who_come_at_the_same_moment_share(one: Edge) -> None:
    one.plug.gate.clear()
    joining = [asyncio.create_task(one.join("subscription { every { seq } }")) for _ in range(5)]
    await settled()
    one.plug.gate.set()
    readers = await asyncio.gather(*joining)
    one.plug.tell(1)
    await settled()
    assert [reader.seqs for reader in readers] == [[1]] * 5
    assert one.plug.opened == 1


async def test_an_error_of_one_event_is_part_of_its_answer(one: Edge) -> None:
    first, second = await everybody(one, *["subscription { every { seq broken } }"] * 2)
    one.plug.tell(1, 2)
    await settled()
    assert first.answers == second.answers
    assert [answer["errors"][0]["extensions"]["code"] for answer in first.answers] == ["INTERNAL"] * 2
    assert first.endings == []


async def test_loaders_are_new_for_each_event(one: Edge) -> None:
    reader = await one.join("subscription { every { loaders } }")
    one.plug.tell(1, 2)
    await settled()
    assert [answer["data"]["every"]["loaders"] for answer in reader.answers] == [0, 0]


async def test_r1_an_event_leaves_nothing_behind_it(one: Edge) -> None:
    reader = await one.join("subscription { every { seq counted again { seq } } }")

    async def kept(events: int) -> int:
        one.plug.tell(*range(events))
        await until(lambda: len(reader.answers) == events)
        reader.answers.clear()
        await settled()
        gc.collect()
        return len(gc.get_objects())

    await kept(10)
    before = await kept(10)
    assert await kept(100) - before < 50


async def test_the_end_of_a_source_is_the_end_of_all(one: Edge) -> None:
    text = "subscription { every { seq } }"
    readers = await everybody(one, text, text)
    one.plug.tell(1, END)
    await settled()
    for reader in readers:
        assert (reader.seqs, len(reader.endings), reader.codes) == ([1], 1, [])
    assert (one.meters.operations, one.meters.sources, one.plug.closed) == (0, 0, 1)
    again = await one.join(text)
    one.plug.tell(7)
    await settled()
    assert (again.seqs, one.plug.opened) == ([7], 2)

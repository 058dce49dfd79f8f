"""Those who go while a source is opened, while they are told and while they are sent to; and sources that break off."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from schema.errors import CursorOldError
from server.graphql.feeds import cohorts
from server.graphql.operations import RefusedError
from tests.schema.serving import until
from tests.server.graphql.feeds.sources import Edge, Reader, settled

EVERY = "subscription { every { seq counted } }"
OWN = "subscription { own { seq } }"


async def test_the_last_one_out_closes_the_source_once(one: Edge) -> None:
    first, second = await one.join(EVERY), await one.join(EVERY)
    one.plug.tell(1)
    await settled()
    first.leave()
    await settled()
    assert (one.plug.closed, one.meters.operations, one.meters.sources) == (0, 1, 1)
    second.leave()
    second.leave()
    await settled()
    assert (one.plug.closed, one.meters.operations, one.meters.sources) == (1, 0, 0)
    assert second.endings == []


async def test_who_comes_as_the_last_one_goes_has_a_source_that_lives(one: Edge) -> None:
    (await one.join(EVERY)).leave()
    next_one = await one.join(EVERY)
    await settled()
    one.plug.tell(5)
    await settled()
    assert (next_one.seqs, one.plug.opened) == ([5], 2)


async def test_who_has_left_is_told_nothing_more(one: Edge) -> None:
    stays, leaves = await one.join(EVERY), await one.join(EVERY, Reader(is_slow=True))
    one.plug.tell(1)
    await settled()
    leaves.leave()
    wakes, leaves.is_slow = leaves.wakes, False
    one.plug.tell(2)
    await settled()
    assert (stays.seqs, leaves.seqs, leaves.wakes) == ([1, 2], [], wakes)


async def test_one_that_leaves_before_it_is_woken_is_not(one: Edge) -> None:
    await one.join("subscription { newest { seq } }")
    one.plug.tell(1)
    await settled()
    late = await one.join("subscription { newest { seq } }")
    late.leave()
    await settled()
    assert late.wakes == 0


@pytest.mark.parametrize("gone", [[0], [0, 1], [2]])
async def test_those_who_go_while_it_is_opened_do_not_keep_it_from_the_others(one: Edge, gone: list[int]) -> None:
    one.plug.gate.clear()
    joining = [asyncio.create_task(one.join(EVERY)) for _ in range(3)]
    await settled()
    for number in gone:
        joining[number].cancel()
    await settled()
    one.plug.gate.set()
    results = await asyncio.gather(*joining, return_exceptions=True)
    one.plug.tell(1)
    await settled()
    assert [number for number, found in enumerate(results) if isinstance(found, asyncio.CancelledError)] == gone
    assert all(reader.seqs == [1] for reader in results if isinstance(reader, Reader))
    assert (one.plug.opened, one.meters.operations) == (1, 3 - len(gone))


async def test_when_all_go_while_it_is_opened_it_is_not(one: Edge) -> None:
    one.plug.gate.clear()
    joining = [asyncio.create_task(one.join(EVERY)) for _ in range(3)]
    await settled()
    for each in joining:
        each.cancel()
    await asyncio.gather(*joining, return_exceptions=True)
    one.plug.gate.set()
    await settled()
    assert (one.plug.opened, one.meters.operations, one.meters.sources) == (0, 0, 0)


async def test_who_comes_as_the_others_give_up_waiting_is_served(one: Edge) -> None:
    one.plug.gate.clear()
    gives_up = asyncio.create_task(one.join(EVERY))
    await settled()
    gives_up.cancel()
    await asyncio.gather(gives_up, return_exceptions=True)
    stays = asyncio.create_task(one.join(EVERY))
    await settled()
    one.plug.gate.set()
    reader = await stays
    one.plug.tell(1)
    await settled()
    assert reader.seqs == [1]


class Goes(Reader):
    """Leaves from within `send`, alone or with others."""

    def __init__(self, *others: Reader) -> None:
        super().__init__()
        self.others = others

    def send(self, payload: bytes) -> bool:
        sent = super().send(payload)
        for each in (self, *self.others):
            each.leave()
        return sent


async def test_one_that_leaves_from_within_send_leaves_the_others_alone(one: Edge) -> None:
    last = await one.join(EVERY, Reader())
    goes = await one.join(EVERY, Goes())
    stays = await one.join(EVERY)
    takes_another_along = await one.join(EVERY, Goes(stays))
    one.plug.tell(1, 2)
    await settled()
    assert (last.seqs, goes.seqs, stays.seqs, takes_another_along.seqs) == ([1, 2], [1], [1], [1])


async def test_one_that_is_taken_along_before_its_turn_is_told_nothing(one: Edge) -> None:
    later = Reader()
    await one.join(EVERY, Goes(later))
    await one.join(EVERY, later)
    one.plug.tell(1)
    await settled()
    assert (later.seqs, later.endings) == ([], [])


@pytest.mark.parametrize("text", [EVERY, OWN])
async def test_the_last_one_that_leaves_from_within_send_closes_the_source(one: Edge, text: str) -> None:
    goes = await one.join(text, Goes())
    one.plug.tell(1, 2)
    await settled()
    assert (goes.seqs, one.plug.closed, one.meters.sources) == ([1], 1, 0)


async def test_one_that_leaves_in_the_middle_of_an_execution_ends_it(one: Edge) -> None:
    reader = await one.join(EVERY)
    one.plug.tell(1)
    await until(lambda: one.plug.executions)
    reader.leave()
    await settled()
    assert (reader.seqs, one.plug.closed) == ([], 1)


class Faulty(Reader):
    def send(self, payload: bytes) -> bool:
        raise ConnectionResetError("a mistake of ours")


async def test_one_carriers_fault_is_not_the_others(one: Edge, caplog: pytest.LogCaptureFixture) -> None:
    first, faulty, last = await one.join(EVERY), await one.join(EVERY, Faulty()), await one.join(EVERY)
    with caplog.at_level(logging.ERROR):
        one.plug.tell(1, 2)
        await settled()
    assert (first.seqs, last.seqs, faulty.codes) == ([1, 2], [1, 2], ["INTERNAL"])


async def test_what_the_field_refuses_is_told_to_each_and_the_next_one_may_try(one: Edge) -> None:
    text = "subscription ($about: String) { every(about: $about) { seq } }"
    one.plug.gate.clear()
    joining = [asyncio.create_task(one.join(text, about="nothing")) for _ in range(3)]
    await settled()
    one.plug.gate.set()
    for refused in await asyncio.gather(*joining, return_exceptions=True):
        assert isinstance(refused, RefusedError)
        assert [error.formatted for error in refused.errors] == [
            {
                "message": "about: there is nothing about nothing",
                "locations": [{"line": 1, "column": 33}],
                "path": ["every"],
                "extensions": {"code": "BAD_USER_INPUT", "argument": "about"},
            }
        ]
    assert one.meters.operations == 0
    with pytest.raises(RefusedError):
        await one.join(text, about="nothing")


@pytest.mark.parametrize("variables", [{"after": "no cursor"}, {"after": 7}, {}])
async def test_what_does_not_fit_is_refused_before_anything_is_opened(one: Edge, variables: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as refused:
        await one.join("subscription ($after: Cursor!) { every(after: $after) { seq } }", **variables)
    assert all(error.extensions and error.extensions["code"] for error in refused.value.errors)
    assert one.plug.opened == 0


async def test_a_source_that_breaks_ends_all_and_is_logged_once(one: Edge, capsys: Any) -> None:
    readers = [await one.join(EVERY) for _ in range(3)]
    one.plug.tell(1, OSError("the disk is gone"))
    await settled()
    for reader in readers:
        assert (reader.seqs, reader.codes) == ([1], ["INTERNAL"])
        assert reader.endings[0].errors[0]["path"] == ["every"]
        assert "disk" not in reader.endings[0].errors[0]["message"]
    assert one.meters.failed == 1
    assert (one.meters.operations, one.meters.sources, one.plug.closed) == (0, 0, 1)
    assert capsys.readouterr().out.count("unexpected error") == 1


async def test_what_a_source_has_to_say_itself_is_told(one: Edge) -> None:
    reader = await one.join(OWN)
    one.plug.tell(CursorOldError("the log has forgotten", topic="panel", oldest=9))
    await settled()
    assert reader.codes == ["CURSOR_EXPIRED"]
    assert reader.endings[0].errors[0]["extensions"]["oldest"] == 9
    assert one.meters.failed == 0


async def test_a_reader_that_is_behind_gets_what_came_before_the_end(one: Edge) -> None:
    reader = await one.join(EVERY, Reader(is_slow=True))
    one.plug.tell(1, 2, OSError("the disk is gone"))
    await settled()
    assert reader.wakes == 3
    reader.hurry()
    assert (reader.seqs, reader.codes) == ([1, 2], ["INTERNAL"])
    reader.drain()
    assert len(reader.endings) == 1


async def test_the_end_of_the_server_is_told(one: Edge) -> None:
    shared, own = await one.join(EVERY), await one.join(OWN)
    one.plug.gate.clear()
    waiting = asyncio.create_task(one.join("subscription { newest { seq } }"))
    await settled()
    await one.cohorts.close()
    assert (one.plug.closed, one.meters.sources) == (2, 0)
    await settled()
    assert (shared.codes, own.codes) == (["STOPPING"], ["STOPPING"])
    for too_late in (waiting, one.join(EVERY)):
        with pytest.raises(RefusedError) as refused:
            await too_late
        assert [error.extensions["code"] for error in refused.value.errors if error.extensions] == ["STOPPING"]


async def test_an_end_before_the_first_turn_is_an_end(one: Edge) -> None:
    joining = asyncio.create_task(one.join(EVERY))
    await asyncio.sleep(0)
    await one.cohorts.close()
    with pytest.raises(RefusedError):
        await joining


async def test_a_source_that_swallows_its_cancellation_is_closed_at_its_next_event(one: Edge) -> None:
    one.plug.is_stubborn = True
    reader = await one.join(EVERY)
    await settled()
    reader.leave()
    await settled()
    assert one.plug.closed == 0
    one.plug.tell(1)
    await settled()
    assert (one.plug.closed, one.plug.executions, reader.seqs) == (1, 0, [])


async def test_a_source_that_swallows_its_cancellation_does_not_keep_the_server_from_its_end(
    one: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohorts, "AGAIN_S", 0.01)
    one.plug.is_stubborn = True
    await one.join(EVERY)
    await settled()
    await one.cohorts.close()
    assert (one.plug.closed, one.meters.sources) == (1, 0)

"""What waits for a reader: in order, bounded, and counted where something was left out."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from server.graphql.encoding import decode, encode
from server.graphql.feeds.mailbox import Ending, Mailbox
from server.graphql.limits import Limits
from server.graphql.meters import Meters


def mailbox(events: int = 3, size: int = 1000) -> tuple[Mailbox, Meters]:
    meters = Meters()
    return Mailbox(Limits(mailbox_events=events, mailbox_bytes=size), meters), meters


def drained(box: Mailbox) -> list[object]:
    taken: list[object] = []
    while (each := box.take()) is not None:
        taken.append(decode(each) if isinstance(each, bytes) else each)
    return taken


def test_what_came_first_is_taken_first() -> None:
    box, meters = mailbox()
    for payload in (b"1", b"2", b"3"):
        box.put(payload, is_passing=False)
    assert (len(box), drained(box), len(box), meters.events_delivered) == (3, [1, 2, 3], 0, 3)


def test_a_newer_passing_one_takes_the_place_of_an_older_one_and_says_so() -> None:
    box, meters = mailbox()
    for number in range(4):
        box.put(encode({"data": number}), is_passing=True)
    assert drained(box) == [{"data": 3, "extensions": {"dropped": 3}}]
    box.put(encode({"data": 4}), is_passing=True)
    assert drained(box) == [{"data": 4}]
    assert (meters.events_dropped, meters.events_delivered) == (3, 2)


def test_what_was_dropped_is_told_with_errors_beside_it() -> None:
    box, _ = mailbox()
    for _ in range(2):
        box.put(encode({"data": None, "errors": [{"message": "}"}]}), is_passing=True)
    assert drained(box) == [{"data": None, "errors": [{"message": "}"}], "extensions": {"dropped": 1}}]


@given(st.lists(st.tuples(st.sampled_from(["passing", "lasting", "take"]), st.integers(0, 30))))
def test_the_order_is_that_of_the_events_and_all_that_last_is_there(steps: list[tuple[str, int]]) -> None:
    box, meters = mailbox(events=5, size=100)
    model: list[tuple[int, str, int]] = []  # number, kind, bytes
    for number, (kind, length) in enumerate(steps):
        if kind == "take":
            taken = box.take()
            assert (taken is None) == (not model)
            if isinstance(taken, bytes):
                assert decode(taken)["data"][0] == model.pop(0)[0]
            continue
        payload = encode({"data": [number, "x" * length]})
        held = sum(each for _, _, each in model)
        assert box.fits(payload) == (not model or (len(model) < 5 and held + len(payload) <= 100))
        if kind == "passing":
            model = [each for each in model if each[1] == "lasting"]
        elif not box.fits(payload):
            continue
        box.put(payload, is_passing=kind == "passing")
        model.append((number, kind, len(payload)))
        assert len(box) == len(model) <= 6
    put = sum(kind == "passing" for kind, _ in steps)
    assert meters.events_dropped <= put


def test_one_that_is_longer_than_the_box_may_come_alone() -> None:
    box, _ = mailbox(size=10)
    assert box.fits(b"x" * 50)
    box.put(b"x" * 50, is_passing=False)
    assert not box.fits()
    assert not box.fits(b"x")


def test_bytes_are_free_again_when_they_are_taken_and_when_they_are_dropped() -> None:
    box, _ = mailbox(events=9, size=20)
    box.put(b"x" * 15, is_passing=True)
    box.put(b"y" * 5, is_passing=False)
    assert not box.fits(b"z")
    box.put(b"{}", is_passing=True)
    assert box.fits(b"z" * 13)
    assert not box.fits(b"z" * 14)
    box.take()
    assert box.fits(b"z" * 18)


def test_the_ending_is_behind_all_and_taken_once_and_the_first_one_holds() -> None:
    box, _ = mailbox()
    assert box.take() is None
    box.put(b"1", is_passing=False)
    box.end(Ending(({"message": "no"},)))
    box.end(Ending())
    assert drained(box) == [1, Ending(({"message": "no"},))]
    assert drained(box) == []


async def test_whoever_waits_for_room_goes_on_when_there_is_some() -> None:
    box, _ = mailbox(events=2)
    await box.room()
    box.put(b"1", is_passing=False)
    box.put(b"2", is_passing=False)
    waiting = asyncio.create_task(box.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    box.take()
    box.take()
    await waiting

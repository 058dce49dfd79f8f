from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from schema.ports import EVERYBODY, Scope, Viewer
from server.security.attempts import Limits
from server.security.door import Admitted
from server.security.doorkeeper import Doorkeeper
from server.security.tokens import hashed
from server.stores.tokens import TokenRecord
from tests.fakes import EPOCH
from tests.server.security.times import Hands

HERE = "10.0.0.1"
PANELS = Viewer(Scope.CONTROL, frozenset({"sp-1"}))


def record(name: str, viewer: Viewer = PANELS, expires_s: float | None = None) -> TokenRecord:
    expires_at = None if expires_s is None else EPOCH + timedelta(seconds=expires_s)
    return TokenRecord(f"tok_{name}", name, hashed(name), viewer, EPOCH, expires_at)


@pytest.fixture
async def hands() -> Hands:
    return Hands()


@pytest.fixture
def door(hands: Hands) -> Doorkeeper:
    return Doorkeeper((), hands.clock, limits=Limits(free_attempts=1))


async def ended(door: Doorkeeper, admitted: Admitted | None) -> bool:
    """Whether what was opened with it ends now."""
    assert admitted is not None
    closing = asyncio.ensure_future(door.closed(admitted))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return closing.done() or closing.cancel() is None


async def test_nobody_needs_a_token_until_one_exists(door: Doorkeeper) -> None:
    everybody = door.admit(None, HERE)
    assert everybody == Admitted(EVERYBODY)
    assert not await ended(door, everybody)
    closing = asyncio.ensure_future(door.closed(everybody))
    await asyncio.sleep(0)
    door.know([record("one")])
    await closing
    assert door.admit(None, HERE) is None
    assert await ended(door, everybody)


async def test_a_token_is_what_it_was_made_for(door: Doorkeeper) -> None:
    reader = Viewer(Scope.READ)
    door.know([record("one"), record("two", reader)])
    assert door.admit("one", HERE) == Admitted(PANELS, "tok_one")
    assert door.admit("two", HERE) == Admitted(reader, "tok_two")


@pytest.mark.parametrize("token", [None, "", "wrong", "ONE", "one ", "on", "one" + "x" * 10_000, "\ud800", "ünicode"])
async def test_anything_else_is_nobody(door: Doorkeeper, token: str | None) -> None:
    door.know([record("one")])
    assert door.admit(token, HERE) is None


async def test_a_token_whose_hash_begins_alike_is_another(door: Doorkeeper) -> None:
    mine = hashed("mine")
    door.know([TokenRecord("tok_a", "a", mine[:-1] + bytes([mine[-1] ^ 1]), PANELS, EPOCH)])
    assert door.admit("mine", HERE) is None


async def test_a_configured_token_may_all_and_does_not_end(hands: Hands) -> None:
    door = Doorkeeper(["mine"], hands.clock)
    found = door.admit("mine", HERE)
    assert found == Admitted(Viewer(Scope.ADMIN), "configured")
    door.know([record("one")])
    door.know([])
    hands.at_s = 1e9
    assert door.admit("mine", HERE) == found
    assert not await ended(door, found)
    assert door.admit(None, HERE) is None


async def test_a_revoked_token_ends_what_it_opened_and_nothing_else(door: Doorkeeper) -> None:
    door.know([record("one"), record("two")])
    one, two = door.admit("one", HERE), door.admit("two", HERE)
    assert one is not None
    assert two is not None
    ones, twos = asyncio.ensure_future(door.closed(one)), asyncio.ensure_future(door.closed(two))
    await asyncio.sleep(0)
    door.know([record("two")])
    await ones
    assert door.admit("one", HERE) is None
    assert not twos.done()
    twos.cancel()


async def test_a_token_that_expires_ends_and_keeps_the_door_closed(door: Doorkeeper, hands: Hands) -> None:
    door.know([record("one", expires_s=60)])
    one = door.admit("one", HERE)
    assert one is not None
    closing = asyncio.ensure_future(door.closed(one))
    await asyncio.sleep(0)
    hands.at_s = 59.9
    door.close_what_ended()
    assert door.admit("one", HERE) == one
    assert not closing.done()
    hands.at_s = 60
    assert door.admit("one", HERE) is None
    door.close_what_ended()
    await closing
    assert door.admit(None, HERE) is None


async def test_the_last_one_revoked_opens_the_door_of_this_machine_alone(hands: Hands) -> None:
    here, elsewhere = Doorkeeper((), hands.clock), Doorkeeper((), hands.clock, is_local=False)
    for door in (here, elsewhere):
        door.know([record("one")])
        assert door.admit(None, HERE) is None
        door.know([])
    assert here.admit(None, HERE) == Admitted(EVERYBODY)
    assert elsewhere.admit(None, HERE) is None
    assert elsewhere.admit("anything", HERE) is None


async def test_a_guesser_waits_and_whoever_shares_his_address_does_not(door: Doorkeeper) -> None:
    door.know([record("one")])
    for _ in range(3):
        door.admit("wrong", HERE)
    assert door.pause_s(HERE) > 0
    assert door.admit("one", HERE) is not None
    assert door.pause_s("10.0.0.2") == 0


async def test_to_bring_no_token_is_no_guess(door: Doorkeeper) -> None:
    door.know([record("one")])
    for _ in range(100):
        assert door.admit(None, HERE) is None
    assert door.pause_s(HERE) == 0


async def test_many_wait_for_one_end_and_leave_nothing_behind(door: Doorkeeper) -> None:
    door.know([record("one")])
    one = door.admit("one", HERE)
    assert one is not None
    waiting = [asyncio.ensure_future(door.closed(one)) for _ in range(1000)]
    await asyncio.sleep(0)
    assert len(door._endings) == 1
    door.know([])
    await asyncio.gather(*waiting)
    assert not door._endings

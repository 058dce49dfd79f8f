"""Controllers take turns, and simulated time takes nobody's turn away."""

from __future__ import annotations

import asyncio

import pytest

from emulator.control.controlled import PIECE_S

NOON = 1_782_043_200
DAYS_3 = 3 * 86_400


async def test_two_controllers_at_once_are_served_one_after_another(program, control):
    async def controls(name: str, verb: str, arguments: dict[str, object]) -> list[int]:
        orders = []
        for _ in range(25):
            answer = await program.post(f"/panels/8180/{verb}", json=arguments, headers={"x-busbar-as": name})
            orders.append(answer.json()["done"][0]["order"])
        return orders

    anns, bobs = await asyncio.gather(
        controls("ann", "step", {"seconds": 3 * PIECE_S}),
        controls("bob", "power", {"target": "Study", "power_w": 70}),
    )

    log = list(control.panels[0].log)
    assert sorted(anns + bobs) == list(range(1, 51))
    assert [entry.order for entry in log] == list(range(1, 51))
    assert [entry.tick for entry in log] == sorted(entry.tick for entry in log)
    assert [entry.order for entry in log if entry.by == "ann"] == anns
    assert {entry.tick - NOON for entry in log} <= {number * 3 * PIECE_S for number in range(26)}


async def test_a_command_waits_until_a_jump_has_arrived(program, control):
    jump, relay = await asyncio.gather(
        program.post("/panels/8180/step", json={"seconds": DAYS_3}),
        program.post("/panels/8180/relay", json={"circuit": "Study", "position": "OPEN"}),
    )

    assert jump.json()["done"][0]["order"] == 1
    assert (relay.json()["done"][0]["order"], relay.json()["done"][0]["tick"]) == (2, NOON + DAYS_3)


async def test_everybody_else_has_a_turn_while_time_passes(program, panels, http_of, token_of):
    seen: list[int] = []
    async with http_of(panels[0], token_of(panels[0])) as client:
        jump = asyncio.create_task(program.post("/panels/8180/step", json={"seconds": DAYS_3}))
        while not jump.done():
            assert (await client.get("/api/v1/panel")).status_code == 200
            await asyncio.sleep(0)  # as a real socket would
            seen.append((await program.get("/panels/8180")).json()["panels"][0]["tick"])

    assert len([tick for tick in set(seen) if NOON < tick < NOON + DAYS_3]) > 5
    assert seen == sorted(seen)


async def test_a_jump_answers_when_the_physics_is_there(program, panels):
    await program.post("/panels/8180/step", json={"seconds": DAYS_3})

    assert panels[0].lag_s() == 0
    assert panels[0].reading().tick == NOON + DAYS_3


async def test_time_that_passes_by_itself_meanwhile_does_not_send_a_jump_back(program, panels, wall):
    panels[0].clock.set_speed(3600)
    tick = panels[0].clock.tick()

    jump = asyncio.create_task(program.post("/panels/8180/step", json={"seconds": DAYS_3}))
    while not jump.done():
        wall.now_s += 11
        await asyncio.sleep(0)

    assert (await jump).status_code == 200
    assert (await jump).json()["done"][0]["tick"] >= tick + DAYS_3


@pytest.mark.parametrize(
    ("method", "path", "body"), [("POST", "/step", b'{"seconds": 1}'), ("POST", "/reset", b""), ("GET", "/state", b"")]
)
async def test_others_have_a_turn_between_panels(program, method, path, body):
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    await program.request(method, path, content=body, headers={"content-type": "application/json"})
    task.cancel()

    assert turns >= 2


async def test_nobody_comes_between_commands_to_several_panels(program, control):
    turns = 0

    async def others() -> None:
        nonlocal turns
        while not control.panels[1].log:
            turns += bool(control.panels[0].log)
            await asyncio.sleep(0)

    await asyncio.gather(others(), program.post("/grid", json={"up": False}))

    assert turns == 0

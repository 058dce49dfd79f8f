"""The client of the control, against the control itself."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from clients.emulator import DEFAULT_URL, EmulatorClient, EmulatorRefusedError
from clients.errors import ClientAnswerError, ClientAuthError, ClientConnectionError, ClientTimeoutError
from emulator.control.app import ControlApp
from emulator.control.fleet import Control
from emulator.control.guard import Guard
from emulator.panel import EmulatedPanel

NOON = 1_782_043_200


@pytest.fixture
def panel() -> EmulatedPanel:
    return EmulatedPanel.create("workshop-8", seed=7, speed=0, monotonic=lambda: 0.0)


def transport(panel: EmulatedPanel, guard: Guard | None = None) -> httpx.ASGITransport:
    return httpx.ASGITransport(app=ControlApp(Control([panel], [8180]), guard or Guard()))


@pytest.fixture
async def emulator(panel):
    async with EmulatorClient(transport=transport(panel), name="plant") as client:
        yield client


def answering(status: int, body: bytes = b"", error: type[httpx.HTTPError] | None = None) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        if error is not None:
            raise error("lost")
        return httpx.Response(status, content=body)

    return httpx.MockTransport(answer)


async def test_powers_are_set_on_arrival_in_one_round_trip(panel, emulator):
    circuit = panel.reading().circuits[0]

    (change,) = await emulator.advance({circuit.name: 1500.0}, to=NOON + 90)

    assert (change.order, change.tick, change.by, change.verb) == (1, NOON + 90, "plant", "advance")
    assert panel.reading().circuits[0].power_mw == 1_500_000
    (change,) = await emulator.advance({circuit.id: None})
    assert change.tick == NOON + 90


async def test_every_shortcut_does_what_it_says(panel, emulator):
    name = panel.reading().circuits[0].name
    for done in (
        emulator.power(name, 20.0),
        emulator.clear(name),
        emulator.clear(),
        emulator.relay(name, "OPEN"),
        emulator.jump(NOON + 60),
        emulator.step(60),
        emulator.freeze(),
        emulator.speed(10),
        emulator.grid(up=False),
    ):
        await done

    verbs = [one["verb"] for one in (await emulator.read("commands", limit=100))[0]["commands"]]
    assert verbs == ["power", "clear", "clear", "relay", "jump", "step", "freeze", "speed", "grid"]
    assert panel.clock.tick() == NOON + 120
    assert not panel.reading().grid_is_up
    await emulator.reset("8180")
    assert (await emulator.state())[0]["tick"] == (await emulator.panels())[0]["tick"] == NOON


async def test_a_refusal_says_where_and_what_is_possible(emulator):
    with pytest.raises(EmulatorRefusedError) as refused:
        await emulator.relay("Sauna", "OPEN")

    assert refused.value.status_code == 422
    assert refused.value.where == "circuit"
    assert refused.value.possible
    assert not refused.value.outcome_unknown


async def test_a_panel_is_named_whatever_its_serial_is_made_of(panel, emulator):
    await emulator.change("swap", {"serial": "a/b ü?#"})

    assert (await emulator.step(1, panel="a/b ü?#"))[0].serial == "a/b ü?#"


async def test_the_token_is_sent_and_asked_for(panel):
    guarded = transport(panel, Guard(token="correct-horse"))
    async with EmulatorClient(transport=guarded, token="correct-horse") as client:
        assert len(await client.panels()) == 1
    async with EmulatorClient(transport=guarded) as client:
        with pytest.raises(ClientAuthError, match="token"):
            await client.panels()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"done": 1}'),
        (200, b'{"done": [{}]}'),
        (404, b"no"),
        (500, b'{"detail": 1}'),
    ],
)
async def test_what_is_no_control_is_told_apart(status, body):
    async with EmulatorClient(transport=answering(status, body)) as client:
        with pytest.raises(ClientAnswerError, match=DEFAULT_URL):
            await client.step(1)


@pytest.mark.parametrize(("error", "is_unknown"), [(httpx.ConnectError, False), (httpx.ReadError, True)])
async def test_a_change_that_met_a_lost_connection_may_have_been_made(error, is_unknown):
    async with EmulatorClient(transport=answering(200, error=error)) as client:
        with pytest.raises(ClientConnectionError, match="busbar emulate") as lost:
            await client.step(1)

    assert lost.value.outcome_unknown is is_unknown


async def test_looking_has_no_unknown_outcome():
    async with EmulatorClient(transport=answering(200, error=httpx.ReadError)) as client:
        with pytest.raises(ClientConnectionError) as lost:
            await client.state()

    assert not lost.value.outcome_unknown


async def test_an_answer_that_never_comes_is_given_up():
    async def never(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with EmulatorClient(transport=httpx.MockTransport(never), timeout_s=0.0) as client:
        with pytest.raises(ClientTimeoutError, match="within 0 s") as late:
            await client.step(1)

    assert late.value.outcome_unknown


@pytest.mark.parametrize("url", ["", "panel", "ftp://host", "http://", "http://host:port"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ValueError, match="address"):
        EmulatorClient(url)


@pytest.mark.parametrize("header", [{"name": "a\nb"}, {"token": "ü"}])
def test_what_no_header_can_hold_is_refused(header):
    with pytest.raises(ValueError, match="printable ASCII"):
        EmulatorClient(**header)


async def test_what_is_no_number_is_not_sent_as_letting_go(panel, emulator):
    with pytest.raises(ValueError, match="JSON"):
        await emulator.advance({panel.reading().circuits[0].name: float("nan")})

    assert not panel.control.log

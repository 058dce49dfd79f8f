"""`busbar watch` against a served graph."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from schema.ports import Availability
from server.cli.screens import LiveTable, printable
from server.cli.watch import watch
from tests.schema.nouns import SERIAL, circuit, later, snapshot, view
from tests.schema.serving import graph, served, until


@pytest.fixture
async def url(schema, world):
    async with served(graph(schema, world.context)) as address:
        yield f"http://{address}/graphql"


async def run(*arguments: str) -> Result:
    """The command, in a thread of its own: it runs its own event loop."""
    return await asyncio.to_thread(CliRunner().invoke, watch, arguments)


async def test_the_only_panel_is_watched_without_naming_it(url):
    result = await run("--url", url, "--once")

    first, kitchen, *_ = result.stdout.splitlines()
    assert result.exit_code == 0
    assert first == ("2026-06-21T11:59:58Z  Home (nj-2316-00042)  ONLINE, grid 1,570 W out, battery 85 %")
    assert kitchen == "2026-06-21T11:59:58Z  Kitchen Outlets  1  CLOSED  MUST_HAVE  150.0 W  1.0 kWh"


async def test_json_is_one_object_a_line(url):
    result = await run(SERIAL, "--url", url, "--json", "--once")

    (line,) = result.stdout.splitlines()
    assert json.loads(line)["circuits"][1]["name"] == "Refrigerator"


async def test_several_panels_are_listed_to_choose_from(url, world):
    world.panels.views["other"] = view("other", name="Pilot plant", availability=Availability.STALE)

    result = await run("--url", url)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Several panels are there; name one of them: busbar watch SERIAL",
        "  nj-2316-00042  ONLINE  Home",
        "  other  STALE  Pilot plant",
    ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nobody"], "busbar has no panel 'nobody'"),
        (["--url", "http://127.0.0.1:1/graphql"], "cannot reach http://127.0.0.1:1/graphql"),
        (["--url", "localhost"], "'localhost' is no address of a graph"),
    ],
)
async def test_a_mistake_is_one_line_and_exit_2(url, arguments, text):
    result = await run("--url", url, *arguments)

    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert text in result.stderr


async def test_without_any_panel_it_says_how_to_add_one(url, world):
    world.panels.views.clear()

    result = await run("--url", url)

    assert (result.exit_code, "has no panels yet; add one with its mutation addPanel" in result.stderr) == (2, True)


async def test_the_end_of_a_panel_is_the_end_of_the_command(url, world):
    running = asyncio.ensure_future(run(SERIAL, "--url", url))
    await until(lambda: world.panels.watching)
    await world.panels.drop(SERIAL)

    result = await running
    assert result.exit_code == 0
    assert result.stderr == "panel nj-2316-00042 was removed from busbar\n"


@asynccontextmanager
async def process(*arguments: str) -> AsyncIterator[Any]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", "watch", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def test_ctrl_c_ends_it_without_a_word(url, world):
    async with process(SERIAL, "--url", url) as command, asyncio.timeout(30):
        assert "Home" in (await command.stdout.readline()).decode()
        command.send_signal(signal.SIGINT)
        _, stderr = await command.communicate()

        assert (command.returncode, stderr) == (0, b"")
        await until(lambda: not world.panels.watching)


async def test_it_goes_on_when_the_server_comes_back(schema, world):
    app = graph(schema, world.context)
    async with asyncio.timeout(40), AsyncExitStack() as stack:
        async with served(app) as address:
            url = f"http://{address}/graphql"
            command = await stack.enter_async_context(process(SERIAL, "--url", url, "--json"))
            before = json.loads(await command.stdout.readline())
        await world.panels.show(later(view(), 60))
        async with served(app, int(address.rpartition(":")[2])):
            after = json.loads(await command.stdout.readline())
            command.kill()

    assert (before["observedAt"], after["observedAt"]) == ("2026-06-21T11:59:58Z", "2026-06-21T12:00:58Z")


def drawn(*panels: dict[str, Any], lost: str | None = None) -> str:
    file = io.StringIO()
    with LiveTable(Console(file=file, force_terminal=True, width=110, height=50, color_system=None)) as screen:
        for panel in panels:
            screen.show(panel)
        if lost:
            screen.lost(lost)
    return file.getvalue()


def shown(**changes: Any) -> dict[str, Any]:
    plain = {"circuitId": "c1", "name": "Oven", "tabs": [1, 3], "relayState": "CLOSED", "priority": "MUST_HAVE",
             "powerW": 2000.0, "consumedEnergyWh": 1_234_567.0}  # fmt: skip
    solar = {**plain, "circuitId": "c2", "name": "Solar", "powerW": -1000.0}
    panel = {"serial": "p", "name": "Home", "availability": "ONLINE", "unavailableReason": None, "observedAt": "now",
             "gridPowerW": 1000.0, "storage": {"socPercent": None}, "circuits": [plain, solar]}  # fmt: skip
    return {**panel, **changes}


def test_the_table_shows_each_circuit_with_a_bar_of_its_share():
    lines = drawn(shown()).splitlines()

    oven = next(line for line in lines if "Oven" in line)
    solar = next(line for line in lines if "Solar" in line)
    assert "Home (p)  ONLINE, grid 1,000 W in" in drawn(shown())
    assert all(part in oven for part in ("1,3", "CLOSED", "MUST_HAVE", "2,000.0 W", "█" * 20, "1,234.6 kWh"))
    assert solar.count("█") == 10


@pytest.mark.parametrize(("power_w", "text"), [(-0.4, "grid 0 W,"), (1.6, "grid 2 W in,"), (-2e4, "20,000 W out,")])
def test_the_grid_says_which_way_its_power_flows(power_w, text):
    assert text in drawn(shown(gridPowerW=power_w, storage={"socPercent": 50}))


def test_the_table_can_be_drawn_before_the_first_poll_and_without_power():
    unpolled = shown(circuits=None, gridPowerW=None, storage=None, observedAt=None, availability="OFFLINE",
                     unavailableReason="refused")  # fmt: skip

    assert "OFFLINE, refused" in drawn(unpolled)
    assert "0.0 W" in drawn(shown(circuits=[{**shown()["circuits"][0], "powerW": 0.0}]))


def test_a_lost_connection_is_told_above_the_table():
    text = drawn(shown(), lost="the connection was lost")

    assert 0 < text.index("the connection was lost; connecting again") < text.rindex("Oven")


def test_a_window_that_is_too_low_shows_the_circuits_with_most_power():
    circuits = [{**shown()["circuits"][0], "circuitId": f"c{n}", "name": f"Load {n}", "powerW": n} for n in range(60)]

    text = drawn(shown(circuits=circuits))

    assert "Load 59" in text
    assert "Load 16 " in text
    assert "Load 15 " not in text
    assert "and 16 circuits with less power" in text


async def test_r39_a_name_cannot_steer_the_terminal(url, world):
    evil = "\x1b[2J\x1b]0;owned\x07[bold]Oven[/bold]\r\n"
    world.panels.views[SERIAL] = view(name=evil, snapshot=snapshot(circuit("c1", evil, (1,), 1.0)))

    plain = (await run("--url", url, "--once")).stdout
    table = drawn(shown(name=evil, circuits=[{**shown()["circuits"][0], "name": evil}]))

    assert "\x1b" not in plain
    assert "\x07" not in table
    assert "\x1b[2J" not in table
    assert "[bold]Oven[/bold]" in table


@pytest.mark.parametrize("text", ["Küche 🔌", "a b", "[x]"])
def test_ordinary_names_stay_as_they_are(text):
    assert printable(text) == text

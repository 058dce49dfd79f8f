"""`busbar watch`: a panel's circuits, live in the terminal, through the graph's own subscription."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import click
from rich.console import Console

from clients.errors import ClientError
from clients.graphql import GraphQLClient, from_the_present
from server.cli.errors import CommandError
from server.cli.screens import JsonLines, Lines, LiveTable, Screen, printable

DEFAULT_URL = "http://127.0.0.1:8000/graphql"

PANELS = "{ panels(first: 500) { nodes { serial name availability } } }"

WATCH = """subscription Watch($serial: String!) {
  panelUpdates(serial: $serial) {
    serial name availability unavailableReason observedAt gridPowerW storage { socPercent }
    circuits { circuitId name tabs relayState priority powerW consumedEnergyWh }
  }
}"""


@click.command()
@click.argument("serial", required=False)
@click.option("--url", default=DEFAULT_URL, show_default=True, help="The graph's address.")
@click.option("--token", envvar="BUSBAR_TOKEN", show_envvar=True, help="The server's token, where it wants one.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of a table.")
@click.option("--once", is_flag=True, help="Show the present state, and end.")
def watch(serial: str | None, url: str, token: str | None, *, as_json: bool, once: bool) -> None:
    """Watch a panel's circuits live.

    SERIAL is the panel's; it may be left out while there is only one. Ctrl-C ends.
    """
    try:
        asyncio.run(_watch(serial, url, token, _screen(as_json=as_json), once=once))
    except (ClientError, ValueError) as error:
        raise CommandError(str(error)) from None
    except KeyboardInterrupt:
        return


def _screen(*, as_json: bool) -> Screen:
    console = Console()
    if as_json:
        return JsonLines()
    return LiveTable(console) if console.is_terminal else Lines()


async def _watch(serial: str | None, url: str, token: str | None, screen: Screen, *, once: bool) -> None:
    async with GraphQLClient(url, token=token) as client:
        chosen = serial or await _only_panel(client, url)
        if chosen is not None:
            await _follow(client, chosen, screen, once=once)


async def _only_panel(client: GraphQLClient, url: str) -> str | None:
    """The only panel's serial; None, after listing them, when there are several. Raises CommandError without any."""
    panels = (await client.query(PANELS))["panels"]["nodes"]
    if not panels:
        raise CommandError(f"{url} has no panels yet; add one with its mutation addPanel")
    if len(panels) == 1:
        return str(panels[0]["serial"])
    click.echo("Several panels are there; name one of them: busbar watch SERIAL")
    for panel in panels:
        click.echo(f"  {printable(panel['serial'])}  {panel['availability']}  {printable(panel['name'])}")
    return None


async def _follow(client: GraphQLClient, serial: str, screen: Screen, *, once: bool) -> None:
    feed = client.subscribe(WATCH, {"serial": serial}, resume=from_the_present, on_lost=screen.lost)
    async with aclosing(feed):
        with screen:
            async for data in feed:
                screen.show(data["panelUpdates"])
                if once:
                    return
    click.echo(f"panel {printable(serial)} was removed from busbar", err=True)

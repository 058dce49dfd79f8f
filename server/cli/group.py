"""The command group. Commands are imported when they are called, so that `busbar --help` answers at once."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module, metadata

import click


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives, and its line in `busbar --help`."""

    module: str
    attribute: str
    help: str


COMMANDS = {
    "demo": Entry(
        "server.cli.demo", "demo", "Two emulated panels and the server: everything to look at, in one command."
    ),
    "export": Entry("server.cli.export", "export", "Write a measurement's samples into a file."),
    "emulate": Entry("server.cli.emulate", "load", "Run emulated SPAN panels that any client can poll."),
    "record": Entry("server.cli.record", "record", "Record what a real panel answers, for the emulator to replay."),
    "import": Entry("server.cli.import_", "import_", "Read cyclers' files into the server's lab."),
    "panel": Entry("server.cli.panel", "panel", "Look at emulated panels and control them while they run."),
    "plant": Entry("server.cli.plant", "plant", "Run the simulated battery plant, and show its key figures."),
    "serve": Entry("server.cli.serve", "serve", "Serve the GraphQL API and poll the panels."),
    "token": Entry("server.cli.token", "token", "Make, list and revoke the tokens that let clients in."),
    "watch": Entry("server.cli.watch", "watch", "Watch a panel's circuits live in the terminal."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Name the commands, by alphabet."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        """Import and return a command, or None when there is none of that name."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        found = getattr(import_module(entry.module), entry.attribute)
        command: click.Command = found if isinstance(found, click.Command) else found()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list from the table above, importing nothing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in self.list_commands(ctx)])


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 (click's own shape)
    if wanted:
        click.echo(f"busbar {metadata.version('busbar')}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
def busbar() -> None:
    """One GraphQL API for SPAN panels, battery cells and the plant that makes them - with an emulated panel."""

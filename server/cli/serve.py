"""`busbar serve`: the server alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from server.cli.configured import configured
from server.cli.start import graphql_url, start


@click.command()
@click.option("--host", help="Address to listen on. [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on. [default: 8000]")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the database. [default: var/busbar]")
@click.option(
    "--config", "path", type=click.Path(path_type=Path), help="TOML file; docs/configuration.md has its keys."
)
@click.option(
    "--dev",
    is_flag=True,
    default=None,
    help="For development: helpful answers where production is silent, and panels on this machine.",
)
def serve(path: Path | None, **given: Any) -> None:  # noqa: ANN401 (each is checked by the configuration)
    """Serve the GraphQL API at /graphql and poll the panels.

    Settings come from the TOML file, then BUSBAR_... variables (BUSBAR_SERVER__PORT=9000), then these options;
    the later wins.
    """
    config = configured({"server": {key: value for key, value in given.items() if value is not None}}, path)
    start(config, lambda: click.echo(f"busbar serves {graphql_url(config)}"))

"""What `serve` and `demo` share: a running server, or one line."""

from __future__ import annotations

from collections.abc import Callable

from server import logs
from server.cli.errors import CommandError
from server.config import Config
from server.graphql.documents.trusted import TrustedError
from server.run import Beside, NoTokenError, PortTakenError, nothing, run
from server.stores.errors import StoreError


def start(config: Config, on_ready: Callable[[], None], beside: Beside = nothing) -> None:
    """Run the server, and `beside` once it serves, until it is told to stop; or end the command with one line."""
    logs.configure()
    try:
        run(config, on_ready, beside)
    except (NoTokenError, PortTakenError, StoreError, TrustedError) as error:
        raise CommandError(str(error)) from None


def graphql_url(config: Config) -> str:
    """The address to show to whoever started the server."""
    host = f"[{config.server.host}]" if ":" in config.server.host else config.server.host
    return f"http://{host}:{config.server.port}/graphql"

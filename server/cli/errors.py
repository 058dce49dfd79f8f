"""How a command says no: one line on standard error, exit code 2."""

from __future__ import annotations

import click


class CommandError(click.ClickException):
    """A mistake of the caller's that one sentence explains."""

    exit_code = 2

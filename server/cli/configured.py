"""The server's settings for a command: those that it has, or one line about what is wrong with them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from server.cli.errors import CommandError
from server.config import Config
from server.settings import ConfigurationError, load


def configured(flags: dict[str, Any], path: Path | None = None) -> Config:
    """Load the configuration, or end the command with its one line."""
    try:
        return load(flags, os.environ, path)
    except ConfigurationError as error:
        raise CommandError(str(error)) from None

"""`busbar emulate`: the emulator's own command, lent to busbar's group."""

from __future__ import annotations

import click


def load() -> click.Command:
    """Return the emulator's command; the only place in the server that knows the emulator."""
    from emulator.cli import emulate  # noqa: PLC0415 (the server must run where the emulator is not wanted)

    return emulate

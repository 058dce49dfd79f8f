"""`python -m emulator`."""

from __future__ import annotations

from emulator.cli import emulate

if __name__ == "__main__":
    emulate(prog_name="python -m emulator")

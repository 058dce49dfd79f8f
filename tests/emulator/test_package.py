from __future__ import annotations

import subprocess
import sys

import pytest

import emulator

LAZY = """
import sys
import emulator
assert "emulator.panel" not in sys.modules
from emulator import EmulatedPanel, transport
import emulator.http.socketless
assert emulator.transport is transport is emulator.http.socketless.transport
"""


def test_the_transport_is_there_when_asked_for_and_not_before():
    done = subprocess.run([sys.executable, "-W", "error", "-c", LAZY], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_nothing_else_is_there():
    with pytest.raises(AttributeError, match="no attribute 'transprt'"):
        emulator.transprt  # noqa: B018

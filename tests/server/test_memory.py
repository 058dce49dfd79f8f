"""Arenas of the C library, counted in a process of its own: they cannot be taken back."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ARENA_BYTES = 64 * 1024 * 1024
COUNTED = f"""
import re, sys, threading
from pathlib import Path

from server.memory import share_arenas

if "shared" in sys.argv:
    share_arenas()
together = threading.Barrier(12)

def ask():
    together.wait()
    kept.append([bytes(2_000) for _ in range(200)])
    together.wait()

kept = []
threads = [threading.Thread(target=ask) for _ in range(12)]
for each in threads:
    each.start()
for each in threads:
    each.join()
starts = re.findall(r"^([0-9a-f]+)-.* rw-p 00000000 00:00 0 *$", Path("/proc/self/maps").read_text(), re.MULTILINE)
print(sum(int(start, 16) % {ARENA_BYTES} == 0 for start in starts))
"""


def arenas(*arguments: str, **environment: str) -> int:
    """Those beside the first one, in a process with a dozen threads that all ask for memory."""
    command = [sys.executable, "-c", COUNTED, *arguments]
    told = subprocess.run(command, env=os.environ | environment, check=True, capture_output=True, text=True)
    return int(told.stdout)


@pytest.fixture(autouse=True, scope="module")
def _many_arenas():
    if arenas() < 3:
        pytest.skip("the C library here makes no arenas for threads")


def test_threads_share_two_arenas():
    assert arenas("shared") == 1


def test_the_operators_own_number_stands():
    assert arenas("shared", MALLOC_ARENA_MAX="4") == 3

"""The same configuration, seed and commands give the same bytes: in any process, at any pace."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.server.plant.repeated import digest


def elsewhere(hash_seed: str) -> str:
    """The digest as another process with another order of hashes computes it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.server.plant.repeated", "7"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def test_a_run_repeats_to_the_byte_under_any_hash_seed() -> None:
    assert {elsewhere("0"), elsewhere("4242"), digest(7)} == {digest(7)}


@pytest.mark.parametrize("look_every_s", [0.37, 11.1, 1 / 3])
def test_looking_on_the_way_changes_nothing(look_every_s: float) -> None:
    assert digest(7, look_every_s) == digest(7)


def test_another_seed_is_another_run() -> None:
    assert digest(8) != digest(7)

from __future__ import annotations

import numpy as np
import pytest

from emulator.physics import noise

STREAMS = noise.keys(7, ["a", "b"], "flicker")


def test_the_hash_is_splitmix64() -> None:
    """The first outputs of splitmix64 seeded with 0, as published with it, less its last 11 bits."""
    published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]

    assert [noise.chance(0, counter) for counter in (1, 2, 3)] == [(word >> 11) / 2**53 for word in published]


def test_flicker_is_the_scaled_sum_of_the_hash_s_four_words() -> None:
    word = 0xE220A8397B1DCDAF
    words = sum(word >> shift & 0xFFFF for shift in (0, 16, 32, 48))

    assert noise.flicker(np.zeros((1, 1), dtype=np.uint64), 1, 1) == pytest.approx(words / 131_070 - 1)


def test_flicker_is_centred_bounded_and_bell_shaped() -> None:
    numbers = noise.flicker(STREAMS, 1_782_000_000, 50_000)

    assert np.abs(numbers).max() <= 1
    assert abs(numbers.mean()) < 0.005
    assert numbers.std() == pytest.approx(0.2887, abs=0.005)
    assert abs(np.mean(numbers[0] * numbers[1])) < 0.002


def test_a_number_does_not_know_which_block_it_was_computed_in() -> None:
    whole = noise.flicker(STREAMS, 1000, 777)
    slow = noise.drift(STREAMS, np.array([[0.5], [1.0]]), 6, 1000, 777)

    for first, count in ((0, 1), (5, 64), (100, 677)):
        assert np.array_equal(noise.flicker(STREAMS, 1000 + first, count), whole[:, first : first + count])
        part = noise.drift(STREAMS, np.array([[0.5], [1.0]]), 6, 1000 + first, count)
        assert np.array_equal(part, slow[:, first : first + count])


def test_drift_moves_in_straight_lines_within_its_amplitude() -> None:
    slow = noise.drift(STREAMS, np.array([[0.25], [1.0]]), 6, 0, 640)

    assert np.abs(slow[0]).max() <= 0.25
    assert np.abs(np.diff(slow, n=2)[:, :60]).max() < 1e-12
    assert np.abs(np.diff(slow)).max() <= 2 / 64


def test_every_name_and_seed_has_its_own_stream() -> None:
    streams = {noise.key(seed, name, stream) for seed in (0, 1) for name in ("a", 1, "1/a") for stream in ("x", "y")}

    assert len(streams) == 12


def test_chance_is_even() -> None:
    numbers = [noise.chance(99, counter) for counter in range(20_000)]

    assert min(numbers) >= 0
    assert max(numbers) < 1
    assert np.histogram(numbers, bins=10)[0] == pytest.approx(2000, rel=0.1)

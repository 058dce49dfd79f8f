from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.http.sampling import at_once, pairwise

UPTIME = st.integers(0, 10**9)


@given(UPTIME, st.integers(1, 96))
def test_adjacent_branches_are_measured_in_pairs_of_22_to_28_ms(uptime_s, branches):
    samples = pairwise(uptime_s, branches)

    assert len(samples) == branches
    assert all(samples[left] == samples[left + 1] for left in range(0, branches - 1, 2))
    assert all(22 <= sample.duration_ms <= 28 for sample in samples)


@given(UPTIME)
def test_pairs_of_a_full_panel_follow_one_another_within_the_second(uptime_s):
    pairs = pairwise(uptime_s, 48)[::2]

    ends = [sample.start_ms + sample.duration_ms for sample in pairs]
    assert all(end <= after.start_ms for end, after in zip(ends, pairs[1:], strict=False))
    assert (pairs[0].start_ms, ends[-1] <= (uptime_s + 1) * 1000) == (uptime_s * 1000, True)


def test_boot_clocks_begin_at_zero():
    assert pairwise(0, 2)[0].start_ms == 0


def test_lengths_wander_but_follow_from_the_second_alone():
    assert pairwise(7, 32) == pairwise(7, 32)
    assert len({sample.duration_ms for sample in pairwise(7, 32)}) > 1


def test_the_ideal_panel_measures_all_branches_through_the_whole_second():
    assert at_once(5, 3) == [(5000, 1000)] * 3

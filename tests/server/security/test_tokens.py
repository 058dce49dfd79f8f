from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.security.tokens import given_token, hashed, new_token


def test_a_token_is_all_of_its_256_random_bits_behind_a_prefix() -> None:
    asked: list[int] = []

    def random_bytes(count: int) -> bytes:
        asked.append(count)
        return bytes(range(count))

    token = new_token(random_bytes)

    assert asked == [32]
    assert re.fullmatch(r"busbar_[A-Za-z0-9_-]{43}", token)
    assert token != new_token(lambda count: bytes(range(1, count + 1)))


def test_every_bit_of_it_counts() -> None:
    bits = [(1 << bit).to_bytes(32, "big") for bit in range(256)]
    assert len({hashed(new_token(lambda _count: bits.pop())) for _ in range(256)}) == 256


@given(st.text())
def test_anything_has_a_hash(token: str) -> None:
    assert len(hashed(token)) == 32


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"Authorization": "Bearer a"}, "a"),
        ({"AUTHORIZATION": "bearer  a "}, "a"),
        ({"X-API-Key": "a", "authorization": "Bearer b"}, "a"),
        ({"x-api-key": "", "authorization": "Bearer b"}, "b"),
        ({"authorization": "Basic b"}, None),
        ({"authorization": "Bearer"}, None),
        ({"authorization": 7, "x-api-key": ["a"]}, None),
        ({}, None),
    ],
)
def test_a_token_is_found_in_either_header(headers: dict[str, object], token: str | None) -> None:
    assert given_token(headers) == token

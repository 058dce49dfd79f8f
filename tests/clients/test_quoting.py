from __future__ import annotations

import pytest

from clients.quoting import anonymous


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://u:canary@host/x", "http://***@host/x"),
        ("'u:canary@host' is no host", "'***@host' is no host"),
        ("postgres://u:ca@nary@host", "postgres://***@***@host"),
        ("canary@", "***@"),
        ("no login here: host:80", "no login here: host:80"),
        ("", ""),
    ],
)
def test_a_login_is_not_shown(text: str, shown: str) -> None:
    assert anonymous(text) == shown


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["x" * 3_000_000, "'x" * 1_000_000, "x y" * 1_000_000])
def test_a_long_text_takes_no_longer_than_it_must(text: str) -> None:
    assert anonymous(text) == text

"""What every HTTP client of ours has in common."""

from __future__ import annotations

import httpx
import pytest

from clients.http import retry_after_s


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:30:00 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 120.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:00:00 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:30:00 GMT"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 5000}, None),
        ({}, None),
    ],
)
def test_the_pause_that_an_answer_asks_for(headers: dict[str, str], pause_s: float | None) -> None:
    assert retry_after_s(httpx.Headers(headers)) == pause_s

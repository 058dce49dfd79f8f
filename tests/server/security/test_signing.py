from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.security.links import SignedLinks
from server.security.signing import Signer

NOW = datetime(2026, 6, 21, tzinfo=UTC)
PATHS = st.text(st.characters(codec="utf-8"), max_size=40).map(lambda text: f"/storage/{text}")


def signer(secret: bytes = b"s" * 32, now: datetime = NOW) -> Signer:
    return Signer(secret, lambda: now)


def opened(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    return unquote(parts.path), {name: values[0] for name, values in parse_qs(parts.query).items()}


def refusal(url: str, method: str, by: Signer, path: str | None = None) -> str | None:
    shown, query = opened(url)
    return by.refusal(method, path or shown, query)


@given(PATHS, st.sampled_from(["GET", "PUT"]))
def test_a_signed_path_passes_whatever_its_characters(path: str, method: str) -> None:
    assert refusal(signer().signed(method, path, 60), method, signer(), path) is None


@pytest.mark.parametrize(
    ("method", "path", "secret", "later_s", "because"),
    [
        ("GET", "/storage/uploads/a", b"s" * 32, 0, "signature"),
        ("POST", "/storage/uploads/a", b"s" * 32, 0, "signature"),
        ("PUT", "/storage/uploads/b", b"s" * 32, 0, "signature"),
        ("PUT", "/storage/uploads/a", b"t" * 32, 0, "signature"),
        ("PUT", "/storage/uploads/a", b"s" * 32, 60, "expired"),
    ],
)
def test_another_method_path_server_or_time_is_refused(
    method: str, path: str, secret: bytes, later_s: float, because: str
) -> None:
    url = signer().signed("PUT", "/storage/uploads/a", 60)
    told = refusal(url, method, signer(secret, NOW + timedelta(seconds=later_s)), path)
    assert told is not None
    assert because in told


def test_what_may_be_read_may_be_looked_at() -> None:
    url = signer().signed("GET", "/storage/a", 60)
    assert refusal(url, "HEAD", signer()) is None
    assert refusal(url, "PUT", signer()) is not None


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"expires": "1e99", "signature": "a"},
        {"expires": "٣", "signature": "a"},
        {"expires": "9" * 13},
        {"expires": "99999999999", "signature": "\ud800"},
    ],
)
def test_nonsense_is_refused(query: dict[str, str]) -> None:
    assert signer().refusal("GET", "/storage/a", query) is not None


def test_the_expiry_cannot_be_moved() -> None:
    path, query = opened(signer().signed("GET", "/storage/a", 60))
    assert signer().refusal("GET", path, {**query, "expires": str(int(query["expires"]) + 1)}) is not None


def test_links_are_absolute_and_each_bound_to_its_own_use() -> None:
    links = SignedLinks("https://lab.example/busbar", signer(), 60, 600)
    for url, method in (
        (links.upload("m1/time_series.parquet"), "PUT"),
        (links.samples("m1"), "GET"),
        (links.steps("m1"), "GET"),
        (links.file("m1", "a photo & more?.png"), "GET"),
    ):
        assert url.startswith("https://lab.example/busbar/storage/")
        path = unquote(urlsplit(url).path).removeprefix("/busbar")
        assert signer().refusal(method, path, opened(url)[1]) is None

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import HTTPConnection

from server.security.address import public_base


def connection(headers: dict[str, str], scheme: str = "http", **more: Any) -> HTTPConnection:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return HTTPConnection(
        {
            "type": "http",
            "scheme": scheme,
            "path": "/graphql",
            "query_string": b"",
            "headers": raw,
            "server": ("127.0.0.1", 8000),
            **more,
        }
    )


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({"host": "lab.local:8000"}, "http://lab.local:8000"),
        ({"host": "[::1]:8000"}, "http://[::1]:8000"),
        ({}, "http://127.0.0.1:8000"),
        ({"host": "evil/../x?"}, "http://127.0.0.1:8000"),
        ({"host": "a@b"}, "http://127.0.0.1:8000"),
        ({"host": "inside:1", "x-forwarded-host": "lab.example", "x-forwarded-proto": "https"}, "https://lab.example"),
        ({"x-forwarded-host": "lab.example, second", "x-forwarded-proto": "https,http"}, "https://lab.example"),
        ({"host": "inside:1", "x-forwarded-proto": "javascript"}, "http://inside:1"),
        ({"host": "inside:1", "x-forwarded-host": "a b"}, "http://inside:1"),
        ({"host": "h", "x-forwarded-prefix": "/lab/one/"}, "http://h/lab/one"),
        ({"host": "h", "x-forwarded-prefix": "//evil"}, "http://h"),
    ],
)
def test_links_lead_back_the_way_the_client_came(headers: dict[str, str], base: str) -> None:
    assert public_base(connection(headers), None) == base


def test_what_is_configured_wins() -> None:
    assert public_base(connection({"host": "inside"}), "https://lab.example/") == "https://lab.example"


def test_a_socket_has_the_address_of_its_page() -> None:
    assert public_base(connection({"host": "h:1"}, scheme="ws", type="websocket"), None) == "http://h:1"

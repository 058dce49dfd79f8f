"""The address that a client came by, so that links given to it lead back the same way."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
SCHEMES = ("http", "https")
_PLAIN = {"ws": "http", "wss": "https"}


def public_base(connection: HTTPConnection, public_url: str | None) -> str:
    """`public_url` where it is configured; else what the proxy says in X-Forwarded-*; else the Host header."""
    if public_url:
        return public_url.rstrip("/")
    headers = connection.headers
    scheme = _first(headers, "x-forwarded-proto").lower()
    if scheme not in SCHEMES:
        own: str = connection.scope["scheme"]
        scheme = _PLAIN.get(own, own)
    return f"{scheme}://{_host(connection)}{_prefix(headers)}"


def _host(connection: HTTPConnection) -> str:
    for name in ("x-forwarded-host", "host"):
        host = _first(connection.headers, name)
        if HOST.fullmatch(host):
            return host
    address, port = connection.scope.get("server") or ("127.0.0.1", None)
    bracketed = f"[{address}]" if ":" in address else address
    return f"{bracketed}:{port}" if port else bracketed


def _prefix(headers: Headers) -> str:
    """The path under which a proxy serves us, if it says so."""
    prefix = _first(headers, "x-forwarded-prefix").rstrip("/")
    return prefix if re.fullmatch(r"(/[A-Za-z0-9._~-]{1,100}){1,10}", prefix) else ""


def _first(headers: Headers, name: str) -> str:
    """What the outermost proxy wrote: each adds its own behind."""
    return headers.get(name, "").split(",", 1)[0].strip()

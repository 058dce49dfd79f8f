"""The panel's documentation pages: its OpenAPI document, and that document as one page that loads nothing else."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from typing import Any

from emulator.firmware import API, Firmware
from emulator.http.exchange import Headers, Refusal, Request, Response
from emulator.http.openapi import document

DOCUMENT, PAGE = "/openapi.json", "/docs"
PATHS = frozenset({f"{API}{DOCUMENT}", f"{API}{PAGE}", f"/api{DOCUMENT}", f"/api{PAGE}"})
"""Those of v1, and those that later firmware moved them to."""

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222 }
h2 { border-bottom: 1px solid #ccc; margin-top: 2rem; text-transform: capitalize }
code { background: #f2f2f2; padding: .1em .3em }
b { display: inline-block; width: 4.5rem }
p { margin: .4rem 0 }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd } code { background: #2a2a2a } }
"""


def page(firmware: Firmware, request: Request) -> Response:
    """The page at one of `PATHS` as this firmware answers it: itself, or where it moved; Refusal 404 or 405."""
    if request.method != "GET":
        raise Refusal(405, "Method Not Allowed", ((b"allow", b"GET"),))
    headers = firmware.headers(request.path)
    moved = firmware.moved_to(request.path)
    if moved is not None:
        return Response(301, b"", ((b"location", moved.encode()), *headers))
    if not request.path.startswith(API) and not firmware.announces_sunset:
        raise Refusal(404, "Not Found")
    if request.path.endswith(DOCUMENT):
        return Response.json(document(), headers=headers)
    return Response(200, _page(), (*html_headers(), *headers))


@cache
def _page() -> bytes:
    return rendered(document())


@cache
def html_headers() -> Headers:
    """Of a page in which nothing may be loaded, and only this very style is applied."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'".encode()
    return (b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", policy)


def rendered(described: dict[str, Any]) -> bytes:
    """An OpenAPI document as one page; every body and answer in it is a named schema."""
    sections: dict[str, list[str]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            sections.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    body = "".join(f"<h2>{escape(tag)}</h2>{''.join(entries)}" for tag, entries in sections.items())
    info = described["info"]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(info['title'])}</h1><p>{escape(info['description'])}</p>"
        f'<p>The document for tools: <a href="openapi.json">openapi.json</a></p>{body}</body></html>'
    ).encode()


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    body = operation.get("requestBody")
    sent = f" Body: <code>{escape(_name(body))}</code>." if body else ""
    answered = f" Answer: <code>{escape(_name(operation['responses']['200']))}</code>."
    address = f"<p><b>{method.upper()}</b><code>{escape(path)}</code></p>"
    more = f"<p>{escape(operation['description'])}</p>" if "description" in operation else ""
    return f"{address}<p>{escape(operation['summary'])}{sent}{answered}</p>{more}"


def _name(described: dict[str, Any]) -> str:
    return str(described["content"]["application/json"]["schema"]["$ref"]).rpartition("/")[2]

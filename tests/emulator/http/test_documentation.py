from __future__ import annotations

import re

import httpx

from emulator import transport
from emulator.http.openapi import document
from emulator.http.routes import OPERATIONS
from emulator.panel import EmulatedPanel


async def test_the_document_needs_no_token(stranger):
    answer = await stranger.get("/openapi.json")

    assert answer.json() == document()


async def test_the_page_lists_every_operation_and_loads_nothing(stranger):
    answer = await stranger.get("/docs")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert all(f"<code>/api/v1{operation.path}</code>" in answer.text for operation in OPERATIONS)
    assert re.findall(r'(?:src|href)="([^"]*)"', answer.text) == ["openapi.json"]
    assert "<script" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")


async def test_new_firmware_moved_both_pages(wall):
    panel = EmulatedPanel.create("workshop-8", firmware="r202603", monotonic=wall)
    async with httpx.AsyncClient(transport=transport(panel), base_url="http://panel") as client:
        moved = await client.get("/api/v1/openapi.json")
        followed = await client.get("/api/v1/docs", follow_redirects=True)

    assert (moved.status_code, moved.headers["location"]) == (301, "/api/openapi.json")
    assert (followed.status_code, followed.url.path) == (200, "/api/docs")

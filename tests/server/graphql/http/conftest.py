from __future__ import annotations

import httpx
import pytest
from starlette.responses import HTMLResponse

from tests.schema.serving import graph


@pytest.fixture
async def http(schema, world, meters):
    app = graph(schema, world.context, max_body_bytes=5000, page=HTMLResponse("the page"), meters=meters)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://busbar") as client:
        yield client

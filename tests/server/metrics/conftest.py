from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing

import pytest

from emulator.panel import EmulatedPanel
from emulator.testing.panel import SpanPanel
from tests.together.whole import Whole, whole


@pytest.fixture(scope="module")
async def busbar(anyio_backend, tmp_path_factory, span_panel_thread) -> AsyncIterator[Whole]:
    """A server with a panel, for all tests of a file: what they count, they count from before."""
    panel = EmulatedPanel.create("pilot-plant-40", speed=0.0)
    with closing(SpanPanel(panel, span_panel_thread)) as shown:
        async with whole(tmp_path_factory.mktemp("metrics"), shown) as opened:
            yield opened

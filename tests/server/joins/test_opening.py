"""How the joins are opened: what they take over from the configuration."""

from __future__ import annotations

import pytest

from clients.errors import ClientTimeoutError
from server.config import Config, ConfiguredPanel, PanelsSection
from server.joins.limits import Limits
from server.joins.opening import controls
from tests.server.joins.meters import HOST, Grid


async def test_a_control_has_as_long_as_is_configured(grid: Grid) -> None:
    await grid.hang()
    panel = ConfiguredPanel(host=HOST, port=grid.port, control=f"http://{HOST}:{grid.control_port}")
    config = Config(panels=PanelsSection(at_start=(panel,)), joins=Limits(control_timeout_s=0.05))
    async with controls(config)[HOST, grid.port] as control:
        with pytest.raises(ClientTimeoutError, match=r"0\.05 s"):
            await control.state()

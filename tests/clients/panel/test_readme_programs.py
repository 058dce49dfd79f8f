"""Programs written against the README of span-panel-api 1.1.3, with only their import line changed."""

from __future__ import annotations

import asyncio
import itertools
import re
import sys
from pathlib import Path

import pytest

from emulator.http.server import LOOPBACK, listen, serving
from emulator.panel import EmulatedPanel

PANEL = Path(__file__).parents[3] / "emulator" / "panels" / "workshop-8.yaml"

IMPORTS = """
import asyncio
from clients.panel import SpanPanelClient
from clients.panel.exceptions import (
    SpanPanelAPIError, SpanPanelAuthError, SpanPanelConnectionError, SpanPanelError, SpanPanelRetriableError,
    SpanPanelServerError, SpanPanelTimeoutError,
)
"""

SCRIPT = """
async def main():
    async with SpanPanelClient(host="127.0.0.1", port=PORT, timeout=30.0, use_ssl=False, cache_window=1.0) as client:
        try:
            await client.get_circuits()
        except SpanPanelAuthError:
            auth = await client.authenticate(name="my-script", description="A script")
        status = await client.get_status()
        print(f"Panel: {status.system.manufacturer}, {status.network is not None}")
        circuits = await client.get_circuits()
        for circuit_id, circuit in circuits.circuits.additional_properties.items():
            print(f"{circuit_id} {circuit.name}: {circuit.instant_power_w}W {circuit.relay_state} {circuit.priority}")
        await client.set_circuit_relay("circuit-1", "OPEN")
        await client.set_circuit_priority("circuit-1", "NICE_TO_HAVE")
        client.retries = 3
        client.retry_timeout = 2.0
        print(client.retries, client.timeout)

asyncio.run(main())
"""

SERVICE = """
class Integration:
    def __init__(self, host):
        self.client = SpanPanelClient(host, PORT, retries=2, retry_timeout=1.0)
        self._authenticated = False

    async def update_data(self):
        if not self._authenticated:
            await self.client.authenticate("my-service", "A service")
            self._authenticated = True
        try:
            return {
                "status": await self.client.get_status(),
                "panel": await self.client.get_panel_state(),
                "circuits": await self.client.get_circuits(),
                "storage": await self.client.get_storage_soe(),
            }
        except Exception:  # as the published program does it
            self._authenticated = False
            raise

async def main():
    integration = Integration("127.0.0.1")
    try:
        for i in range(3):
            data = await integration.update_data()
            print(f"Update {i}: {len(data['circuits'].circuits.additional_properties)} circuits")
        print(f"{data['panel'].instant_grid_power_w}W {data['panel'].main_relay_state}")
        print(f"{data['storage'].soe * 100:.1f}% of {data['storage'].max_energy_kwh}kWh")
    finally:
        await integration.client.close()

asyncio.run(main())
"""

MANUAL = """
async def main():
    client = SpanPanelClient("127.0.0.1", PORT)
    try:
        await client.authenticate("manual-app", "By hand")
        circuits = await client.get_circuits()
        print(f"Found {len(circuits.circuits.additional_properties)} circuits")
        await client.set_circuit_relay("circuit-99", "OPEN")
    except SpanPanelAPIError as e:
        print(f"Error {e.status_code}")
    finally:
        await client.close()

asyncio.run(main())
"""


def panel_with_plain_ids(tmp_path: Path) -> EmulatedPanel:
    """The shipped workshop, with the ids that the README uses."""
    named = tmp_path / "workshop.yaml"
    numbers = itertools.count(1)
    named.write_text(re.sub(r"- \{name:", lambda _: f"- {{id: circuit-{next(numbers)}, name:", PANEL.read_text()))
    return EmulatedPanel.create(named, speed=0.0, unlocked=True)


async def run(program: str, tmp_path: Path) -> tuple[str, EmulatedPanel]:
    """The program's output, from a process of its own, and the panel it talked to."""
    panel = panel_with_plain_ids(tmp_path)
    (listener,) = listen(LOOPBACK, [0])
    source = (IMPORTS + program).replace("PORT", str(listener.getsockname()[1]))
    async with serving([panel], [listener]):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", source, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        output, complaints = await process.communicate()
    assert (process.returncode, complaints.decode()) == (0, "")
    return output.decode(), panel


async def test_the_script_with_a_context_runs(tmp_path: Path) -> None:
    output, panel = await run(SCRIPT, tmp_path)

    assert "Panel: Span, True" in output
    assert "circuit-1 Workshop lights: " in output
    assert "unmapped_tab_8 Unmapped Tab 8: " in output
    assert output.endswith("3 30.0\n")
    changed = panel.circuit("circuit-1")
    assert changed is not None
    assert (changed.is_closed, changed.priority) == (False, "NICE_TO_HAVE")


async def test_the_service_that_authenticates_once_runs(tmp_path: Path) -> None:
    output, panel = await run(SERVICE, tmp_path)

    assert output.splitlines()[:3] == [f"Update {i}: 6 circuits" for i in range(3)]
    assert output.endswith("CLOSED\nnan% of NonekWh\n")
    assert [client.name for client in panel.clients] == ["my-service"]


async def test_the_manual_client_runs(tmp_path: Path) -> None:
    output, _ = await run(MANUAL, tmp_path)

    assert output == "Found 6 circuits\nError 404\n"


@pytest.mark.parametrize(
    "name", ["APIError", "AuthError", "ConnectionError", "Error", "RetriableError", "ServerError", "TimeoutError"]
)
def test_the_seven_exceptions_have_one_root(name: str) -> None:
    from clients.panel import exceptions  # noqa: PLC0415 - looked up by name, as a program would

    assert issubclass(getattr(exceptions, f"SpanPanel{name}"), exceptions.SpanPanelError)

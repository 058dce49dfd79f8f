from __future__ import annotations

import asyncio
import sys

import pytest

from emulator.announce import SERVICE, announcing
from emulator.errors import AnnouncementError
from emulator.http.server import LOOPBACK
from emulator.panel import EmulatedPanel


@pytest.fixture
def zeroconf():
    return pytest.importorskip(
        "zeroconf.asyncio", reason="zeroconf is not installed: pip install 'busbar[mdns]' to run this"
    )


async def found(zeroconf, serial: str):
    """The announcement of that serial, as another program on this machine hears it."""
    heard = asyncio.Event()
    name = f"{serial}.{SERVICE}"

    def listen(**change) -> None:
        heard.set()

    async with zeroconf.AsyncZeroconf(interfaces=[LOOPBACK]) as network:
        browser = zeroconf.AsyncServiceBrowser(network.zeroconf, SERVICE, handlers=[listen])
        await heard.wait()
        info = zeroconf.AsyncServiceInfo(SERVICE, name)
        assert await info.async_request(network.zeroconf, timeout=10_000)
        await browser.async_cancel()
    return info


async def test_discovery_finds_the_panel_with_its_port_and_serial(zeroconf, tmp_path):
    panel = EmulatedPanel.create("workshop-8")

    async with announcing([panel], LOOPBACK, [8180]):
        info = await found(zeroconf, panel.device.serial)

    assert info.parsed_addresses() == [LOOPBACK]
    assert info.port == 8180
    assert info.decoded_properties["serial"] == panel.device.serial
    assert info.server == f"span-{panel.device.serial}.local."


async def test_without_zeroconf_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "zeroconf", None)

    with pytest.raises(AnnouncementError, match=r"pip install 'busbar\[mdns\]'"):
        async with announcing([EmulatedPanel.create("workshop-8")], LOOPBACK, [8180]):
            pass


async def test_a_network_without_multicast_is_told_in_one_line(zeroconf, monkeypatch):
    def refuse(**_) -> None:
        raise OSError("No such device")

    monkeypatch.setattr(zeroconf, "AsyncZeroconf", refuse)

    with pytest.raises(AnnouncementError, match=r"nothing can be announced on 127\.0\.0\.1: No such device"):
        async with announcing([EmulatedPanel.create("workshop-8")], LOOPBACK, [8180]):
            pass

"""Announcing panels by mDNS as real ones do, so that a client's discovery finds them: the extra `mdns` (zeroconf).

Each panel is the service `<serial>._span._tcp.local.` with its port, and the properties serial, model and firmware.
Who listens on loopback is announced on loopback alone; what leaves this machine is asked for by the address given.
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from emulator.errors import AnnouncementError
from emulator.panel import EmulatedPanel

if TYPE_CHECKING:
    from zeroconf import ServiceInfo
    from zeroconf.asyncio import AsyncZeroconf

SERVICE = "_span._tcp.local."
MISSING = "panels are announced by the package zeroconf, which is not installed: pip install 'busbar[mdns]'"


@contextlib.asynccontextmanager
async def announcing(panels: Sequence[EmulatedPanel], address: str, ports: Sequence[int]) -> AsyncIterator[None]:
    """Announce each panel at its port of `address` until the block ends, which takes them back. AnnouncementError.

    `address` is an IP address; 0.0.0.0 and :: announce this machine's addresses on all its networks. A serial that
    another program announces already gets a number at its end.
    """
    network = _network(address)
    try:
        infos = [_service(panel, address, port) for panel, port in zip(panels, ports, strict=True)]
        for info in infos:
            await (await network.async_register_service(info, allow_name_change=True))
        yield
    finally:
        await network.async_unregister_all_services()
        await network.async_close()


def _network(address: str) -> AsyncZeroconf:
    try:
        from zeroconf import InterfaceChoice  # noqa: PLC0415  # an extra
        from zeroconf.asyncio import AsyncZeroconf  # noqa: PLC0415
    except ImportError:
        raise AnnouncementError(MISSING) from None
    everywhere = ipaddress.ip_address(address).is_unspecified
    try:
        return AsyncZeroconf(interfaces=InterfaceChoice.All if everywhere else [address])
    except (OSError, RuntimeError) as error:
        raise AnnouncementError(f"nothing can be announced on {address}: {error}") from error


def _service(panel: EmulatedPanel, address: str, port: int) -> ServiceInfo:
    from zeroconf import ServiceInfo  # noqa: PLC0415  # an extra

    serial = panel.device.serial
    return ServiceInfo(
        SERVICE,
        f"{serial}.{SERVICE}",
        port=port,
        parsed_addresses=_addresses() if ipaddress.ip_address(address).is_unspecified else [address],
        properties={"serial": serial, "model": panel.device.config.model, "firmware": panel.firmware.version},
        server=f"span-{serial}.local.",
    )


def _addresses() -> list[str]:
    """This machine's own on all its networks."""
    import ifaddr  # noqa: PLC0415  # comes with zeroconf

    addresses = (ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips)
    return [ip for ip in addresses if isinstance(ip, str)]

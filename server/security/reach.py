"""Which addresses a panel may have: whoever may add one must not make busbar speak to anything else in its reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

LOOPBACK_KEY = "panels.allow_loopback"
PRIVATE_KEY = "panels.allow_private"

# The private blocks of RFC 1918 and RFC 4193, and the shared one of RFC 6598.
_PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))

# Named one by one where `ipaddress` calls them private or global; both lists have changed between Pythons.
_NEVER = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # "this network": Linux takes it for the machine itself
            "192.0.0.0/24",  # protocol assignments, among them Oracle's metadata service
            "192.88.99.0/24",  # 6to4 relays
            "100.100.100.200/32",  # Alibaba's metadata service
            "168.63.129.16/32",  # Azure's
            "fd00:ec2::/32",  # Amazon's, over IPv6
            "fd20:ce::/32",  # Google's, over IPv6
            "::/96",  # IPv4-compatible
            "64:ff9b:1::/48",  # NAT64 of local use: where the IPv4 address lies in it is not known
            "2001::/32",  # Teredo
            "fec0::/10",  # site-local, long gone
        ),
    )
)
_NAT64 = ip_network("64:ff9b::/96")
_LAST_32_BITS = 0xFFFF_FFFF


class Kind(Enum):
    """What an address is, as far as asking it is dangerous."""

    PUBLIC = "public"
    PRIVATE = "private"
    LOOPBACK = "loopback"
    NEVER = "never a panel's"


@dataclass(frozen=True, slots=True)
class Reach:
    """What is allowed: by default every address but busbar's own machine and those that no panel can have."""

    loopback: bool = False
    private: bool = True

    def refusal(self, host: str, addresses: Iterable[str]) -> str | None:
        """Why nothing may be sent to `host`, which has these addresses; None when each of them may be asked.

        One that is not allowed is enough: which of several is taken is not for the owner of the name to choose. The
        sentence does not show the addresses, or the names of somebody else's network could be read through busbar.
        """
        kinds = {kind_of(address) for address in addresses}
        if Kind.NEVER in kinds:
            return (
                f"{host} is not at an address that a panel can have: link-local, metadata, multicast, wrapped and"
                " reserved ones are never asked; give the panel's own address"
            )
        if Kind.LOOPBACK in kinds and not self.loopback:
            return f"{host} is busbar's own machine, which is not asked; `{LOOPBACK_KEY} = true` or --dev allows it"
        if Kind.PRIVATE in kinds and not self.private:
            return f"{host} is in a private network, which is not asked here; `{PRIVATE_KEY} = true` allows it"
        return None


def kind_of(text: str) -> Kind:
    """What this address is, as the resolver spells it. ValueError when it is none."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        if address.scope_id is not None or address.ipv4_mapped is not None:
            return Kind.NEVER
        if (wrapped := _wrapped(address)) is not None:
            # Nobody reaches his own network through a translator: what is no public address in it is a trick.
            return Kind.PUBLIC if kind_of(str(wrapped)) is Kind.PUBLIC else Kind.NEVER
    if address.is_loopback:
        return Kind.LOOPBACK
    if address.is_multicast or address.is_link_local or any(address in network for network in _NEVER):
        return Kind.NEVER
    if any(address in network for network in _PRIVATE):
        return Kind.PRIVATE
    return Kind.PUBLIC if address.is_global and not address.is_reserved else Kind.NEVER


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that 6to4 or NAT64 would send this on to."""
    return IPv4Address(int(address) & _LAST_32_BITS) if address in _NAT64 else address.sixtofour

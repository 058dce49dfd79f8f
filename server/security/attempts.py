"""Wrong tokens, by the address they came from: the more there were, the longer the next ones are not looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

NETWORK_BITS = 64
"""Whoever has one IPv6 address has all that share its first 64 bits."""
MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the door is."""

    free_attempts: int = 5
    first_pause_s: float = 1.0
    longest_pause_s: float = 300.0
    addresses: int = 10_000


@dataclass(slots=True)
class _Record:
    wrong: int = 0
    until_s: float = 0.0


class Attempts:
    """A bounded table; the address that was longest without a wrong token makes room for a new one."""

    def __init__(self, monotonic: Callable[[], float], limits: Limits) -> None:
        self._monotonic, self._limits = monotonic, limits
        self._records: dict[str, _Record] = {}

    def __len__(self) -> int:
        return len(self._records)

    def pause_s(self, address: str) -> float:
        """Seconds that this address still has to wait; 0 when it need not."""
        record = self._records.get(_network(address)) if self._records else None
        return max(0.0, record.until_s - self._monotonic()) if record else 0.0

    def failed(self, address: str) -> None:
        """Count a wrong token. Those that come during a pause do not make it longer."""
        network, now_s = _network(address), self._monotonic()
        record = self._records.pop(network, None) or _Record()
        if record.until_s + self._limits.longest_pause_s < now_s:
            record.wrong = 0
        if record.until_s <= now_s:
            record.wrong += 1
            record.until_s = now_s + self._pause_after(record.wrong)
        self._records[network] = record
        if len(self._records) > self._limits.addresses:
            del self._records[next(iter(self._records))]

    def _pause_after(self, wrong: int) -> float:
        beyond = min(wrong - self._limits.free_attempts, MOST_DOUBLINGS)
        pause_s = self._limits.first_pause_s * 2.0 ** (beyond - 1)
        return min(pause_s, self._limits.longest_pause_s) if beyond > 0 else 0.0


def _network(address: str) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> (128 - NETWORK_BITS) << (128 - NETWORK_BITS)))

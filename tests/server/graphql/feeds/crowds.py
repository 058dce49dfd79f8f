"""Many viewers in the process of the test: of the events that it was told each keeps only how many they were."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket as sockets
import struct
from pathlib import Path
from typing import cast

from server.graphql.sockets.messages import PING

SEQ = re.compile(rb'"seq":(\d+),')
FRAME_PING = re.compile(rb"\x89\x04(.{4})", re.DOTALL)
"""As the server's library sends them; no text of ours has such bytes."""
LONGEST = 40
"""Bytes that a number and what stands around it can have, kept in case that the rest is still to come."""
SMALL_BYTES = 4096


def masked(message: object) -> bytes:
    text = json.dumps(message).encode()
    head = bytes((0x81, 0x80 | len(text))) if len(text) < 126 else struct.pack("!BBH", 0x81, 0xFE, len(text))
    return head + bytes(4) + text


class Watcher(asyncio.Protocol):
    """One socket with one subscription, as soon as it is let in."""

    def __init__(self, address: str, query: str) -> None:
        self.told = 0
        self.missed = False
        self.is_let_in = self.has_gone = False
        self.last = b""
        self._upgrade = (
            f"GET /graphql HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        ).encode()
        self._subscribe = masked({"id": "1", "type": "subscribe", "payload": {"query": query}})

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self._upgrade)

    def connection_lost(self, exc: Exception | None) -> None:
        self.has_gone = True

    def data_received(self, data: bytes) -> None:
        if not self.is_let_in:
            self._greet(data)
            return
        data = self.last + data
        self._answer_pings(data)
        found = list(SEQ.finditer(data))
        for each in found:
            self.missed |= int(each[1]) != self.told
            self.told += 1
        self.last = data[max(found[-1].end() if found else 0, len(data) - LONGEST) :]

    def _greet(self, data: bytes) -> None:
        """One answer at a time: the handshake's, then the greeting's."""
        if data.startswith(b"HTTP/1.1 101"):
            self.transport.write(masked({"type": "connection_init"}))
        if b"connection_ack" in data:
            self.is_let_in = True
            self.transport.write(self._subscribe)

    def _answer_pings(self, data: bytes) -> None:
        """Both kinds, a split one when the rest has come; one too many does no harm."""
        for ping in FRAME_PING.finditer(data):
            self.transport.write(b"\x8a\x84" + bytes(4) + ping[1])
        if PING in data:
            self.transport.write(masked({"type": "pong"}))

    @property
    def close_frame(self) -> tuple[int, bytes] | None:
        """Code and reason, if that was the last that it was told."""
        _, mark, reason = self.last.rpartition(b"\x88")
        return (int.from_bytes(reason[1:3], "big"), reason[3:]) if mark else None

    def reset(self) -> None:
        """As when the client's machine says that it knows of no such connection."""
        found: sockets.socket = self.transport.get_extra_info("socket")
        found.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


async def watch(address: str, query: str, *, takes_little: bool = False) -> Watcher:
    """A socket, and whether its machine keeps only a few bytes for who does not read."""
    host, port = address.split(":")
    taken = sockets.socket()
    if takes_little:
        taken.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, SMALL_BYTES)
    taken.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(taken, (host, int(port)))
    _, watcher = await loop.create_connection(lambda: Watcher(address, query), sock=taken)
    return watcher


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))

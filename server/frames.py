"""Messages to many sockets, framed once for all of them: an ASGI extension of our own, and the protocol that has it."""

from __future__ import annotations

import struct
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

FRAMES = "busbar.frames"
"""The extension's name in the scope, and in a `websocket.send` the key of any number of whole frames."""
OFFER = "offer"
"""In the extension of the scope: `FramesProtocol.offer`."""
TEXT = 0x81
"""RFC 6455, 5.2: a whole message of text in one frame. What a server sends is not masked, so it suits every client."""
SHORTEST_16, SHORTEST_64 = 126, 65_536


def text_frame(payload: bytes) -> bytes:
    """One message of text; the payload has to be UTF-8."""
    length = len(payload)
    if length < SHORTEST_16:
        return bytes((TEXT, length)) + payload
    if length < SHORTEST_64:
        return struct.pack("!BBH", TEXT, 126, length) + payload
    return struct.pack("!BBQ", TEXT, 127, length) + payload


class FramesProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's protocol, which also sends what is framed already; it waits for a slow reader as for any message."""

    async def run_asgi(self) -> None:
        """Serve the socket, and say what more it can do."""
        self.scope["extensions"][FRAMES] = {OFFER: self.offer}
        await super().run_asgi()

    def offer(self, frames: bytes) -> bool:
        """Write whole frames now, without waiting; False if the reader is behind or gone: nothing was written.

        Any number of frames: with none it only tells.
        """
        is_open = self.handshake_complete and not (self.disconnected or self.close_sent or self.transport.is_closing())
        if not is_open or not self.writable.is_set():
            return False
        self.transport.write(frames)
        return True

    async def send(self, message: Any) -> None:  # noqa: ANN401 (uvicorn's message, or ours)
        """Send one message of ASGI, or frames. Raises ClientDisconnected when the client is gone."""
        if message["type"] == "websocket.close" and self.handshake_complete:
            await self._close(message)
            return
        frames = message.get(FRAMES)
        if frames is None:
            await super().send(message)
            if message["type"] == "websocket.accept":
                del self.request, self.response  # nobody asks for them again, and they take 3 kB of every socket
            return
        await self.writable.wait()
        if self.disconnected or self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        self.transport.write(frames)

    def send_receive_event_to_app(self) -> None:
        """Hand a message on. Text that is not UTF-8 comes as bytes, which the app refuses as it refuses all bytes."""
        if self.curr_msg_data_type == "text" and not _is_utf_8(b"".join(self.frames)):
            self.curr_msg_data_type = "bytes"
        super().send_receive_event_to_app()

    async def _close(self, message: Any) -> None:  # noqa: ANN401 (uvicorn's message)
        """Close without waiting: who reads too slowly finds the code behind what was sent, if it hurries now."""
        self.writable.set()
        await super().send(message)
        if self.close_timer is not None:
            self.close_timer.cancel()
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)


def _is_utf_8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True

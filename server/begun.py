"""Whether an answer has begun, after which no other can be given."""

from __future__ import annotations

from starlette.types import Message, Send


class Begun:
    """A `send` that knows."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.is_begun = False

    async def __call__(self, message: Message) -> None:
        """Send."""
        self.is_begun = True
        await self._send(message)

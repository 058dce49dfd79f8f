"""A way to a server on which every connection is cut after some bytes, wherever in a message that is."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

FEWEST_BYTES = 400
MOST_BYTES = 4_000


@asynccontextmanager
async def cut_again_and_again(port: int, dice: random.Random) -> AsyncIterator[int]:
    """Yields the port of the way: of what the server answers, each connection brings only so many bytes."""
    async with asyncio.TaskGroup() as both_ways:

        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None) -> None:
            try:
                while (part := await reader.read(1 << 16 if most is None else min(most, 1 << 16))) and most != 0:
                    writer.write(part)
                    await writer.drain()
                    most = None if most is None else most - len(part)
            except ConnectionError:
                pass
            finally:
                writer.transport.abort()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there, behind = await asyncio.open_connection("127.0.0.1", port)
            both_ways.create_task(carry(reader, behind, None))
            both_ways.create_task(carry(there, writer, dice.randint(FEWEST_BYTES, MOST_BYTES)))

        async with await asyncio.start_server(connected, "127.0.0.1", 0) as way:
            yield way.sockets[0].getsockname()[1]

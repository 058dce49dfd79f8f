"""A stretch of wire: a TCP relay in a process of its own that delays every byte on its way, as distance does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import uvloop

from benchmarks.processes import process

CHUNK_BYTES = 262_144
MAX_ON_THE_WAY = 64


@contextmanager
def relay(port: int, round_trip_s: float) -> Iterator[int]:
    """A port that leads to `port` on this machine; a question and its answer take `round_trip_s` longer there."""
    with process(_serve, port, round_trip_s / 2) as (own_port, _):
        yield own_port


def _serve(pipe: Connection, port: int, one_way_s: float) -> None:
    async def serve() -> None:
        async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_carry(reader, there_writer, one_way_s), _carry(there_reader, writer, one_way_s))

        server = await asyncio.start_server(join, "127.0.0.1", 0, backlog=1024)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(serve())


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, one_way_s: float) -> None:
    """Bytes in their order, each `one_way_s` after it came, many under way at a time."""
    clock = asyncio.get_running_loop().time
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(MAX_ON_THE_WAY)

    async def deliver() -> None:
        while (arrived := await under_way.get())[1]:
            await asyncio.sleep(max(0.0, arrived[0] - clock()))
            writer.write(arrived[1])
            await writer.drain()
        writer.close()

    delivering = asyncio.create_task(deliver())
    try:
        while True:
            chunk = await reader.read(CHUNK_BYTES)
            await under_way.put((clock() + one_way_s, chunk))
            if not chunk:
                break
        await delivering
    except ConnectionError:
        delivering.cancel()
        writer.close()

"""Servers and load generators in processes of their own, so that neither's work is taken for the other's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")

_SPAWN = get_context("spawn")
_PAGE_BYTES = 4096


@contextmanager
def process(target: Callable[..., None], *arguments: object) -> Iterator[tuple[Any, Connection]]:
    """A process that runs `target(pipe, *arguments)`, and the first thing that it says."""
    ours, theirs = _SPAWN.Pipe()
    started = _SPAWN.Process(target=target, args=(theirs, *arguments), daemon=True)
    started.start()
    theirs.close()  # so that a process that dies is no silence, but an EOFError
    try:
        yield ours.recv(), ours
    finally:
        started.terminate()
        started.join()


def in_process(target: Callable[..., Coroutine[Any, Any, T]], *arguments: object) -> T:
    """What a load generator measures in its own process."""
    with process(_run, target, arguments) as (measured, _):
        found: T = measured
        return found


def cpu_s(server: Connection) -> float:
    """The processor time that the server at the other end has used."""
    server.send("cpu")
    return float(server.recv())


def memory_mb(server: Connection) -> float:
    """The memory that the server at the other end has in use now."""
    server.send("memory")
    return float(server.recv())


async def answer_questions(pipe: Connection) -> None:
    """Answer `cpu_s` and `memory_mb` for ever."""

    def answer() -> None:
        pipe.send(time.process_time() if pipe.recv() == "cpu" else _resident_mb())

    asyncio.get_running_loop().add_reader(pipe.fileno(), answer)
    await asyncio.Event().wait()


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES / 1e6


def _run(pipe: Connection, target: Callable[..., Coroutine[Any, Any, object]], arguments: tuple[object, ...]) -> None:
    pipe.send(uvloop.run(target(*arguments)))

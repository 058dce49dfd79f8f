"""Many panels in one process: one uvicorn server that listens on a port for each."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import uvicorn

from emulator.errors import CannotListenError
from emulator.http.app import PanelApp
from emulator.http.protocol import OneWriteProtocol
from emulator.panel import EmulatedPanel

LOOPBACK = "127.0.0.1"

KEEP_ALIVE_S = 5
"""How long real panels keep an idle connection."""

MAX_CONNECTIONS = 10_000
"""Connections at once, over all panels; more are answered 503."""

BACKLOG = 128
"""Connections of one port that wait to be accepted."""

DRAIN_S = 1
"""How long open requests may take to end once the server stops."""

MAX_LAG_S = 3600
"""Simulated seconds that a panel nobody asks may lie behind: whoever asks next need not wait for days of physics."""

_OTHER_FILES = 64


def listen(host: str, ports: Sequence[int]) -> list[socket.socket]:
    """A listening socket per port of `host`, 0 being any free port; CannotListenError, and none stays open then."""
    _allow_files(len(ports) + MAX_CONNECTIONS + _OTHER_FILES)
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(_listening(host, port)) for port in ports]
        opened.pop_all()
    return sockets


@contextlib.asynccontextmanager
async def serving(
    panels: Sequence[EmulatedPanel],
    sockets: Sequence[socket.socket],
    *,
    keep_alive_s: int = KEEP_ALIVE_S,
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> AsyncIterator[None]:
    """Serve each panel at its socket until the end of the block, which closes sockets and connections.

    `pause` passes the time between two looks at panels that nobody asks, `sleep` that of faults.
    """
    at_port = {listener.getsockname()[1]: panel for listener, panel in zip(sockets, panels, strict=True)}
    config = uvicorn_config(PanelApp(lambda port: at_port[port or 0], sleep), keep_alive_s)
    async with running(config, sockets):
        upkeep = asyncio.create_task(_keep_up(panels, pause))
        try:
            yield
        finally:
            upkeep.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await upkeep


@contextlib.asynccontextmanager
async def running(config: uvicorn.Config, sockets: Sequence[socket.socket]) -> AsyncIterator[None]:
    """A uvicorn server at the sockets until the end of the block, in this loop and without its own signal handlers."""
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=list(sockets))
    await server.on_tick(0)
    try:
        yield
    finally:
        await server.shutdown(sockets=list(sockets))


async def _keep_up(panels: Sequence[EmulatedPanel], pause: Callable[[float], Awaitable[object]]) -> None:
    """Bring panels up to date that lie too far behind, one at a time, looking each second."""
    while True:
        await pause(1.0)
        for panel in panels:
            panel.attend()
            if panel.lag_s() > MAX_LAG_S:
                panel.reading()
                await asyncio.sleep(0)


def uvicorn_config(app: PanelApp, keep_alive_s: int = KEEP_ALIVE_S) -> uvicorn.Config:
    """How uvicorn serves a panel: one write per answer, no header that a panel would not give, nothing logged."""
    config = uvicorn.Config(
        app,
        http=OneWriteProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        headers=[("keep-alive", f"timeout={keep_alive_s}")],
        timeout_keep_alive=keep_alive_s,
        timeout_graceful_shutdown=DRAIN_S,
        limit_concurrency=MAX_CONNECTIONS,
        backlog=BACKLOG,
    )
    config.load()
    return config


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise CannotListenError(f"{host!r} is no address of this machine: {error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)  # at once: until then the port could be bound a second time
    except OSError as error:
        listener.close()
        raise CannotListenError(_reason(host, port, error)) from error
    return listener


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken: stop the program that listens there, or choose another port"
    return f"cannot listen on port {port} of {host}: {error.strerror}"


def _allow_files(wanted: int) -> None:
    """Raise the process's own limit on open files as far as it is allowed to."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # there is none on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and allowed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))

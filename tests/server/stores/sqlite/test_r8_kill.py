"""R8: a server that is killed at any moment has lost nothing it acknowledged, and holds nothing by halves."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import anyio
import pytest

from schema.ports import TopicFilter
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.stores.sqlite.database import Database
from server.stores.sqlite.panels import SqlitePanelStore
from tests.server.vault import VAULT

WRITERS = 4
# Each writer saves a panel with two events in one transaction, and says so on its output once that is answered.
PROGRAM = f"""
import itertools, sys
from datetime import UTC, datetime
from pathlib import Path
import anyio
from schema.ports import NewEvent
from server.clock import Clock
from server.stores.panels import PanelRecord
from server.stores.sqlite.database import Database
from server.stores.sqlite.panels import SqlitePanelStore
from tests.server.vault import VAULT

async def write(store, name):
    for number in itertools.count():
        serial = f"{{sys.argv[2]}}-{{name}}-{{number}}"
        events = [NewEvent("panel", serial, kind, {{}}) for kind in ("PanelAdded", "PanelFound")]
        await store.save(PanelRecord(serial, "", "", 80, "", datetime.now(UTC)), events)
        print(serial, flush=True)

async def main():
    async with Database.open(Path(sys.argv[1])) as database, anyio.create_task_group() as tasks:
        for name in range({WRITERS}):
            tasks.start_soon(write, SqlitePanelStore(database, VAULT, Clock()), name)

anyio.run(main)
"""


async def killed_after(path: Path, life: int, lines: int) -> set[str]:
    """What a server acknowledged before it was killed, some lines into its life."""
    command = [sys.executable, "-c", PROGRAM, str(path), str(life)]
    output = b""
    async with await anyio.open_process(command, stderr=None) as server:
        assert server.stdout is not None
        while output.count(b"\n") < lines:
            output += await server.stdout.receive()
        server.kill()
        async for chunk in server.stdout:
            output += chunk
    return set(output.decode().rpartition("\n")[0].splitlines())


async def lives(path: Path, count: int) -> None:
    dice = random.Random(8)
    acknowledged: set[str] = set()
    for life in range(count):
        acknowledged |= await killed_after(path, life, dice.randint(1, 300))
        async with Database.open(path) as database:
            kept = {record.serial for record in await SqlitePanelStore(database, VAULT, Clock()).all()}
            events, _ = await EventLog(database, Hub(), Clock()).since(None, [TopicFilter("panel")], 1_000_000)
        assert acknowledged <= kept, "an acknowledged write is missing"
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert [event.subject for event in events[::2]] == [event.subject for event in events[1::2]]
        assert {event.subject for event in events} == kept, "a panel without its events, or events without their panel"


async def test_r8_a_killed_server_has_kept_all_it_acknowledged(path):
    await lives(path, 3)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
async def test_r8_a_server_killed_200_times_has_kept_all_it_acknowledged(path):
    await lives(path, 200)

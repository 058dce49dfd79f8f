"""The plant's feeds in the graph, read by our own client over connections that are cut again and again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from clients.graphql import GraphQLClient, from_cursor
from tests.clients.plant.world import busbar
from tests.schema.serving import until
from tests.together.cutting import cut_again_and_again

LIVE = 200_000.0
"""Simulated seconds a second: a batch takes some seconds, and its feed is read while it runs."""

ADD = "mutation($id: ID) { addBatch(batchId: $id) { __typename } }"
ENTRY = "{ sequence kind batchId progress line stage }"
PROGRESS = f"""subscription($batchId: ID, $after: Cursor) {{ simulationProgress(batchId: $batchId, after: $after) {{
    progress cursor entry {ENTRY} }} }}"""
UPDATES = f"""subscription($line: Line, $after: Cursor) {{ machineUpdates(line: $line, after: $after) {{
    cursor entry {ENTRY} }} }}"""
LOG = f"query($after: Cursor) {{ plant {{ log(after: $after) {{ endCursor hasNextPage nodes {ENTRY} }} }} }}"


class Feed:
    """What one subscription told, over how many losses."""

    def __init__(self, client: GraphQLClient, name: str, document: str, **variables: Any) -> None:
        self.told: list[dict[str, Any]] = []
        self.losses: list[str] = []
        self._name = name
        self._results = client.subscribe(document, variables, resume=from_cursor(name), on_lost=self.losses.append)

    async def read(self) -> None:
        async for data in self._results:
            self.told.append(data[self._name])

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [each["entry"] for each in self.told if each["entry"]]


async def log(client: GraphQLClient, after: str) -> list[dict[str, Any]]:
    """Every transition behind the cursor."""
    found: list[dict[str, Any]] = []
    has_more = True
    while has_more:
        page = (await client.query(LOG, {"after": after}))["plant"]["log"]
        found += page["nodes"]
        after, has_more = page["endCursor"], page["hasNextPage"]
    return found


@asynccontextmanager
async def a_plant(folder: Path, speed: Any) -> AsyncIterator[tuple[GraphQLClient, GraphQLClient, str]]:
    """A client, one whose connections are cut, and where the log stands."""

    async def at_once(_pause_s: float) -> None:
        await asyncio.sleep(0)

    async with (
        busbar(folder, speed=speed) as url,
        cut_again_and_again(urlsplit(url).port or 0, random.Random(5)) as port,
        GraphQLClient(f"{url}/graphql") as whole,
        GraphQLClient(f"http://127.0.0.1:{port}/graphql", sleep=at_once) as torn,
    ):
        yield whole, torn, (await whole.query("{ plant { cursor } }"))["plant"]["cursor"]


@pytest.mark.parametrize("speed", [LIVE, "max"])
async def test_feeds_that_are_cut_tell_every_transition_once_and_in_order(tmp_path: Path, speed: Any) -> None:
    async with asyncio.timeout(100), a_plant(tmp_path, speed) as (client, torn, start):
        batch = Feed(torn, "simulationProgress", PROGRESS, batchId="b1", after=start)
        every = Feed(torn, "simulationProgress", PROGRESS, after=start)
        machines = Feed(torn, "machineUpdates", UPDATES, after=start)
        anode = Feed(torn, "machineUpdates", UPDATES, line="ANODE", after=start)
        for batch_id in ("b1", "b2"):
            await client.query(ADD, {"id": batch_id})
        async with asyncio.TaskGroup() as reading:
            endless = [reading.create_task(feed.read()) for feed in (every, machines, anode)]
            await batch.read()
            await until(lambda: sum(each["kind"] == "batch_completed" for each in every.entries) == 2)
            entries = await log(client, start)
            await until(lambda: machines.entries[-1] == at_machines(entries)[-1])
            await until(lambda: anode.entries[-1] == at_machines(entries, "ANODE")[-1])
            for task in endless:
                task.cancel()
        again = Feed(client, "simulationProgress", PROGRESS, batchId="b1", after=batch.told[-1]["cursor"])
        await again.read()

    assert again.told == []
    assert batch.entries == list(of_batches(entries, "b1"))
    assert every.entries == list(of_batches(entries, "b1", "b2"))
    assert machines.entries == at_machines(entries)
    assert anode.entries == at_machines(entries, "ANODE")
    progress = [each["progress"] for each in batch.told]
    assert (progress, progress[-1]) == (sorted(progress), 1)
    assert all(len(feed.losses) >= 2 for feed in (batch, every, machines, anode))


def of_batches(entries: list[dict[str, Any]], *batch_ids: str) -> Iterator[dict[str, Any]]:
    return (each for each in entries if each["batchId"] in batch_ids and each["progress"] is not None)


def at_machines(entries: list[dict[str, Any]], *lines: str) -> list[dict[str, Any]]:
    return [each for each in entries if each["stage"] and (not lines or each["line"] in lines)]

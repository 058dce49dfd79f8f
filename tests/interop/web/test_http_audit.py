"""The public audit of GraphQL over HTTP, run by its own npm package against the entry on a real socket."""

from __future__ import annotations

import asyncio
import json
import subprocess

from tests.examples import node
from tests.schema.serving import graph, served

AUDITS = 61


async def test_every_audit_is_passed_shoulds_and_mays_included(web, schema, world) -> None:
    def audited(address: str) -> subprocess.CompletedProcess[str]:
        return node.run(web, "node", "audit.mjs", f"http://{address}/graphql")

    async with served(graph(schema, world.context)) as address:
        done = await asyncio.to_thread(audited, address)

    assert done.stderr == ""
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [verdict for verdict in verdicts if verdict["status"] != "ok"] == []
    assert len(verdicts) == AUDITS

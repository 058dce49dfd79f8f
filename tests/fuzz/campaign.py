"""All of it, one after another, against one target."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import httpx

from schema import build_schema
from tests.fuzz.corpus import Corpus
from tests.fuzz.documents import Documents
from tests.fuzz.frames import Frames
from tests.fuzz.graph import GraphRequests
from tests.fuzz.http_campaign import HttpCampaign
from tests.fuzz.outcome import Outcome
from tests.fuzz.rest import RestRequests
from tests.fuzz.socket_campaign import SocketCampaign
from tests.fuzz.target import Target
from tests.fuzz.values import Values

SPARED = frozenset({"removePanel"})
"""Without panels half of the graph would be null for the rest of the campaign."""
FIRST_LOOK = """{
  panels { nodes { id serial name circuits { id circuitId name } } }
  batches(first: 20) { nodes { id batchId cells(first: 2) { nodes { id name } } } }
  cellSpecifications(first: 20) { nodes { id name } }
  cellInstances(first: 20) { nodes { id name measurements(first: 2) { nodes { id name } } } }
  plant { lines { machines { id line stage } } }
  events(first: 20) { nodes { topic subject cursor } }
}"""
PATIENCE_S = 60.0
Told = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of each."""

    documents: int
    frames: int
    requests: int


class Campaign:
    """Everything is drawn from `seed`; `progress` answers, for a name and a total, what is to be told of each step."""

    def __init__(self, target: Target, seed: int, progress: Callable[[str, int], Told]) -> None:
        self._target, self._progress = target, progress
        self.outcomes: dict[str, Outcome] = {}
        self._dice = Random(seed)
        self._corpus = Corpus(self._dice)
        self._values = Values(self._dice, self._corpus)
        self._documents = Documents(build_schema()._schema, self._dice, self._values, SPARED)

    async def run(self, counts: Counts) -> None:
        """Send all of it; `outcomes` has what came of each part, of one that goes on too."""
        await self._look()
        graph = GraphRequests(self._target.url, self._dice, self._documents, self._values)
        tokens = await asyncio.to_thread(self._target.panel_tokens)
        rest = RestRequests(self._target, tokens, self._dice, self._corpus, self._values)
        frames = Frames(self._dice, self._documents, self._values)
        for name, draw, count in (("graph", graph.draw, counts.documents), ("REST", rest.draw, counts.requests)):
            http = HttpCampaign(self._target, draw, self._corpus, self._progress(name, count))
            self.outcomes[name] = http.outcome
            await http.run(count)
        sockets = SocketCampaign(self._target, frames, self._dice, self._progress("frames", counts.frames))
        self.outcomes["frames"] = sockets.outcome
        await sockets.run(counts.frames)

    async def _look(self) -> None:
        """Wait until the demo has all three worlds, and learn its names."""
        async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as http, asyncio.timeout(PATIENCE_S):
            while True:
                answer = (await http.post(f"{self._target.url}/graphql", json={"query": FIRST_LOOK})).json()
                assert "errors" not in answer, answer
                data = answer["data"]
                if (
                    data["cellInstances"]["nodes"]
                    and data["batches"]["nodes"]
                    and data["panels"]["nodes"][0]["circuits"]
                ):
                    self._corpus.learn(data)
                    return
                await asyncio.sleep(0.2)

"""A little of what `make fuzz` does in full, and that it would see what it looks for."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from graphql import GraphQLError, OperationType, parse, validate
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from schema import build_schema
from tests.fuzz.attempts import Attempt
from tests.fuzz.campaign import SPARED, Campaign, Counts
from tests.fuzz.corpus import KEPT, Corpus
from tests.fuzz.documents import Documents
from tests.fuzz.frames import Frames
from tests.fuzz.http_campaign import HttpCampaign
from tests.fuzz.outcome import Outcome
from tests.fuzz.socket_campaign import SocketCampaign
from tests.fuzz.target import Target
from tests.fuzz.values import Values
from tests.schema.serving import served

FEW = Counts(documents=250, frames=150, requests=250)
SEED = 1


def nothing() -> None:
    """Progress that nobody watches."""


class Elsewhere(Target):
    """A server that is not the demo."""

    def __init__(self, address: str) -> None:
        self.url = f"http://{address}"

    def is_alive(self) -> bool:
        return True

    def memory_mb(self) -> float:
        return 1.0


def drawing(seed: int) -> tuple[Random, Documents, Values]:
    dice = Random(seed)
    values = Values(dice, Corpus(dice))
    return dice, Documents(build_schema()._schema, dice, values, SPARED), values


@pytest.mark.timeout(400)
def test_hostile_input_finds_nothing(tmp_path: Path) -> None:

    with Target(tmp_path) as target:
        campaign = Campaign(target, SEED, lambda _name, _total: nothing)
        asyncio.run(campaign.run(FEW))
        memory_mb = target.memory_mb()
        assert target.is_alive()

    found = campaign.outcomes
    assert {name: outcome.findings for name, outcome in found.items()} == {"graph": [], "REST": [], "frames": []}
    assert target.troubles() == []
    assert found["graph"].answers["200"] > FEW.documents / 3
    assert found["graph"].answers["400"] > 0
    assert {"200", "404", "422"} <= set(found["REST"].answers)
    assert {"connection_ack", "error"} <= set(found["frames"].answers)
    assert memory_mb < 2_000


def test_most_documents_fit_the_schema() -> None:
    _, documents, _ = drawing(SEED)
    fits = 0
    for _ in range(200):
        with suppress(GraphQLError):
            fits += not validate(documents._schema, parse(documents.draw().text))
    assert 100 < fits < 190


@pytest.mark.parametrize("kind", OperationType)
def test_all_root_fields_are_asked(kind: OperationType) -> None:
    _, documents, _ = drawing(SEED)
    root = documents._schema.get_root_type(kind)
    assert root
    texts = " ".join(documents.draw(kind).text for _ in range(600))
    assert [name for name in root.fields if not re.search(rf"\b{name}\b", texts)] == sorted(SPARED & set(root.fields))


def test_one_seed_draws_the_same_again_and_another_something_else() -> None:
    def drawn(seed: int) -> list[Any]:
        dice, documents, values = drawing(seed)
        frames = Frames(dice, documents, values)
        return [documents.draw(), documents.draw(OperationType.SUBSCRIPTION), frames.draw(is_wild=True)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_what_is_learnt_is_bounded_and_drawn_by_its_name() -> None:
    corpus = Corpus(Random(1))
    corpus.learn([{"id": f"{number}", f"name{number}": "x"} for number in range(1_000)])
    assert len(corpus._found) <= KEPT
    assert len(corpus._found["id"]) == KEPT
    assert {corpus.draw("ids") for _ in range(50)} & {f"{number}" for number in range(1_000)}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Response("oh", 500), "status 500"),
        (Response("oh", 503), "status 503"),
        (Response('{"errors":[{"extensions":{"code":"INTERNAL"}}]}'), "nobody expected"),
        (Response('{"error_code":"INTERNAL_ERROR"}', 400), "nobody expected"),
        (PlainTextResponse("Traceback (most recent call last):"), "nobody expected"),
    ],
)
async def test_an_answer_that_must_not_be_is_found(answer: Response, words: str) -> None:
    async def answered(_request: Any) -> Response:
        return answer

    async with served(Starlette(routes=[Route("/", answered)])) as address:
        target = Elsewhere(address)
        campaign = HttpCampaign(target, lambda: Attempt("GET", f"{target.url}/"), Corpus(Random(1)), nothing)
        outcome = await campaign.run(3)

    assert len(outcome.findings) == 3
    assert words in outcome.findings[0]


async def test_a_server_that_is_not_there_is_found() -> None:
    target = Elsewhere("127.0.0.1:9")
    campaign = HttpCampaign(target, lambda: Attempt("GET", f"{target.url}/"), Corpus(Random(1)), nothing)
    assert "no answer" in (await campaign.run(1)).findings[0]


async def test_a_socket_that_breaks_off_with_an_error_is_found() -> None:
    async def broken(socket: Any) -> None:
        await socket.accept("graphql-transport-ws")
        await socket.close(1011, "oh")

    async with served(Starlette(routes=[WebSocketRoute("/graphql", broken)])) as address:
        dice, documents, values = drawing(SEED)
        outcome = await SocketCampaign(Elsewhere(address), Frames(dice, documents, values), dice, nothing).run(5)

    assert "closed with 1011" in outcome.findings[0]


def test_memory_that_grows_is_told_from_memory_that_warms_up() -> None:
    assert Outcome(memory_mb=[100, 250, 300, 300, 305, 300, 302, 305, 300, 301]).growth_mb() < 10
    assert Outcome(memory_mb=[100, 150, 200, 250, 300, 350, 400, 450, 500, 550]).growth_mb() > 200


def test_the_log_is_searched_for_what_nobody_expected(tmp_path: Path) -> None:
    target = Elsewhere("127.0.0.1:9")
    target.log = tmp_path / "log"
    target.log.write_text(
        "Exception ignored in: <coroutine object a at 0x7f>\nTraceback (most recent call last):\n"
        "  File \"<string>\", line 1, in <lambda>\nKeyError: '__import__'\n"
        '{"event": "panel.added", "level": "info"}\n'
        "Traceback (most recent call last):\n"
        '{"event": "x", "level": "error"}\n'
    )
    assert len(target.troubles()) == 2

"""/metrics of a whole server: every part of it is seen, and no store or client can make it fail."""

from __future__ import annotations

import re

import httpx
import pytest
from pydantic import SecretStr

from schema.ports import Availability, MachineState, PlantState
from server.app import create_app
from server.config import Config, ServerSection
from server.lifespan import lifespan
from server.stores.errors import StoreError
from tests.server.metrics.scraping import scraped, value, values

TOKEN = "a-token-of-the-tests-which-is-long-enough"
ASK = "{ serverInfo { name } }"


async def test_every_metric_says_in_a_sentence_what_it_is_and_has_its_unit_last(busbar):
    found = await scraped(busbar.http)

    ours = [family for family in found if family.name.startswith("busbar_")]
    assert len(ours) > 20
    assert [family.name for family in ours if not re.fullmatch(r"[A-Z0-9].{10,}\.", family.documentation)] == []
    units = ("seconds", "bytes", "watts")
    wrong = re.compile(r"_(s|ms|w|kwh|mb|kb)(_total)?$")
    assert [family.name for family in ours if wrong.search(family.name)] == []
    assert [family.name for family in ours if any(f"_{unit}_" in family.name for unit in units)] == []


async def test_operations_are_counted_by_kind_and_refusals_by_code(busbar):
    before = await scraped(busbar.http)
    for _ in range(3):
        await busbar.ask(ASK)
    await busbar.answer("{ nothingOfTheKind }")
    await busbar.answer("{ " + " ".join(f"a{i}: serverInfo {{ name }}" for i in range(40)) + " }")

    after = await scraped(busbar.http)

    assert value(after, "busbar_graphql_requests_total", kind="query") == 3 + value(
        before, "busbar_graphql_requests_total", kind="query"
    )
    assert value(after, "busbar_graphql_requests_total", kind="mutation") == 0
    assert value(after, "busbar_graphql_over_limit_total", limit="max_aliases") == 1
    refused = {labels: got for (name, labels), got in values(after).items() if name == "busbar_graphql_refused_total"}
    assert sum(refused.values()) == 2
    assert value(after, "busbar_graphql_documents_known_total") >= 2


async def test_panels_are_counted_by_availability_and_never_named(busbar):
    text = (await busbar.http.get("/metrics")).text
    assert busbar.panel.serial not in text

    found = await scraped(busbar.http)
    counts = {word: value(found, "busbar_panels", availability=word.lower()) for word in Availability}
    assert counts == {**dict.fromkeys(Availability, 0), Availability.ONLINE: 1}


async def test_the_plant_shows_its_speed_and_what_it_is_at(busbar):
    before = await scraped(busbar.http)
    await busbar.made("one")
    after = await scraped(busbar.http)

    assert value(before, "busbar_plant_state", state="idle") == 1
    assert sum(value(before, "busbar_plant_state", state=word.lower()) for word in PlantState) == 1
    assert sum(value(after, "busbar_plant_machines", state=word.lower()) for word in MachineState) == 16
    simulated_s = [value(each, "busbar_plant_simulated_seconds_total") for each in (before, after)]
    assert simulated_s[1] > simulated_s[0]
    assert value(after, "busbar_plant_batches", state="queued") == 0
    assert value(after, "busbar_events_total", topic="plant") > value(before, "busbar_events_total", topic="plant")


async def test_commits_are_counted_and_timed(busbar):
    before = await scraped(busbar.http)
    assert (await busbar.http.get("/readyz")).status_code == 200  # which writes
    after = await scraped(busbar.http)

    for name in ("busbar_store_commit_seconds_count", "busbar_store_commit_seconds_sum", "busbar_store_writes_total"):
        assert value(after, name) > value(before, name), name
    assert value(after, "busbar_store_failed_commits_total") == 0
    assert value(after, "busbar_store_longest_commit_seconds") > 0
    assert value(after, "busbar_store_file_bytes", file="database") > 4096
    assert value(after, "busbar_store_readable") == 1


async def test_events_that_were_dropped_are_not_kept(busbar):
    await busbar.made("two")
    given = value(await scraped(busbar.http), "busbar_events_total", topic="plant")
    await busbar.world.database.write(lambda connection: connection.execute("UPDATE topic SET pruned = 2"))

    found = await scraped(busbar.http)

    assert value(found, "busbar_events_total", topic="plant") == given
    assert value(found, "busbar_events_kept", topic="plant") == given - 2


async def test_a_store_that_fails_is_told_and_the_rest_goes_on(busbar, monkeypatch):
    async def read(_query):
        raise StoreError("the disk is gone")

    monkeypatch.setattr(busbar.world.database, "read", read)

    found = await scraped(busbar.http)

    assert value(found, "busbar_store_readable") == 0
    assert value(found, "busbar_panels", availability="online") == 1
    assert [family.name for family in found if family.name.startswith("busbar_events")] == []


@pytest.mark.parametrize("accept", ["text/plain; version=abc", "application/openmetrics-text; version=", "*/*", "é"])
async def test_whatever_is_accepted_the_answer_is_the_same(busbar, accept):
    answer = await busbar.http.get("/metrics", headers={"accept": accept.encode()})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


async def test_it_wants_a_token_as_soon_as_there_is_one(tmp_path):
    config = Config(server=ServerSection(data=tmp_path), tokens=(SecretStr(TOKEN),))
    app = create_app(config)
    async with (
        lifespan(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http,
    ):
        refused = await http.get("/metrics")
        assert refused.status_code == 401
        assert "busbar_" not in refused.text

        given = await http.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
        assert given.status_code == 200
        assert "busbar_panels" in given.text
        assert TOKEN not in given.text


async def test_it_is_read_only(busbar):
    assert (await busbar.http.post("/metrics")).status_code == 405

"""A token that names one panel learns nothing of another one from /metrics either."""

from __future__ import annotations

from tests.server.metrics.scraping import Values, parsed, values
from tests.together.two_panels import Two

OF_ALL_PANELS = ("busbar_feed_", "busbar_store_", "process_")
"""Sums that every panel adds to, by how their names begin."""
FREE = "busbar_store_readable"


async def scraped(two: Two, token: str) -> Values:
    return values(parsed(await two.got("/metrics", token)))


async def test_its_own_panels_are_counted_alone(two, keys):
    whole, some = [await scraped(two, token) for token in keys]
    online = ("busbar_panels", frozenset({("availability", "online")}))
    assert (whole[online], some[online]) == (2, 1)
    assert {labels for name, labels in whole if name == "busbar_panels"} == {
        labels for name, labels in some if name == "busbar_panels"
    }


async def test_sums_that_all_panels_add_to_are_left_out(two, keys):
    whole, some = [set(await scraped(two, token)) for token in keys]
    topics = {frozenset({("topic", topic)}) for topic in ("panel", "joins")}
    hidden = {
        (name, labels)
        for name, labels in whole
        if (name.startswith(OF_ALL_PANELS) and name != FREE)
        or (name in ("busbar_events_total", "busbar_events_kept") and labels in topics)
    }
    assert len(hidden) > 15
    assert whole - some == hidden
    assert some <= whole


async def test_what_happens_on_another_panel_changes_nothing(two, keys):
    """But what it does to the plant, which everybody sees: so a circuit is renamed."""
    rename = 'mutation { it: renameCircuit(serial: "%s", circuitId: "%s", name: "%s") { __typename } }'
    seen = []
    for name in ("Canary lamp", "Canary kettle"):
        await two.opened.world.database.write(lambda connection: connection.execute("SELECT 1"))
        seen.append({key: value for key, value in (await scraped(two, "few")).items() if key[0] not in MOVING})
        asked = rename % (two.other.serial, two.other.circuit_id, name)
        header = {"x-api-key": "all"}
        await two.opened.http.post("/graphql", json={"query": asked}, headers=header)
    assert seen[0] == seen[1]


MOVING = ("busbar_graphql_requests_total", "busbar_graphql_documents_new_total", "busbar_graphql_documents_known_total")
"""What is counted of the asking itself, whatever it was about."""

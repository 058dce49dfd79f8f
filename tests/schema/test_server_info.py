"""Who answers."""

from __future__ import annotations


async def test_the_server_says_who_it_is_and_how_long_it_has_run(ask):
    answer = await ask("{ serverInfo { name version startedAt now uptimeSeconds } }")

    assert answer["serverInfo"] == {
        "name": "busbar", "version": "0.1.0", "startedAt": "2026-06-21T11:00:00Z", "now": "2026-06-21T12:00:00Z",
        "uptimeSeconds": 3600.0,
    }  # fmt: skip

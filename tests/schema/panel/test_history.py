"""Values over time: one read for each row, one call of the resolver for each level."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schema.ports import Metric
from tests.schema.nouns import NOW, SERIAL, view


async def test_a_series_comes_as_columns_with_null_for_the_unknown(ask):
    answer = await ask("{ panels { nodes { history(metric: POWER_W) } } }")

    assert answer["errors"] == []
    assert answer["panels"]["nodes"][0]["history"] == {
        "time": [1.0, 2.0],
        "columns": {"POWER_W": [5.0, None]},
        "sourcePoints": 9,
    }


async def test_without_arguments_it_is_the_power_of_the_last_day(ask, world):
    await ask("{ panels { nodes { history } } }")

    assert world.history.calls == [(SERIAL, None, Metric.POWER_W, NOW - timedelta(days=1), NOW, 1000)]


async def test_the_window_is_given_with_offsets_and_read_in_utc(ask, world):
    await ask("""{ panel(serial: "nj-2316-00042") { circuit(id: "c2") { history(metric: CONSUMED_ENERGY_WH,
        from: "2026-06-01T02:00:00+02:00", to: "2026-06-02T00:00:00Z", maxPoints: 50) } } }""")

    start, end = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC)
    assert world.history.calls == [(SERIAL, "c2", Metric.CONSUMED_ENERGY_WH, start, end, 50)]


async def test_a_circuit_whose_history_fails_does_not_take_the_others_along(ask, world):
    world.history.failing = {"c2"}

    answer = await ask("""{ panel(serial: "nj-2316-00042") {
        good: circuit(id: "c1") { history } bad: circuit(id: "c2") { history } } }""")

    assert answer["panel"]["good"]["history"]["sourcePoints"] == 9
    assert answer["panel"]["bad"] is None
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["panel", "bad", "history"], "INTERNAL")
    ]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("maxPoints: 1", "maxPoints: 1 is not in 2 to 50,000"),
        ("maxPoints: 50001", "maxPoints: 50001 is not in 2 to 50,000"),
        ('from: "2026-06-22T00:00:00Z"', "from: 2026-06-22T00:00:00+00:00 is not before `to`"),
        ('from: "2026-06-01T00:00:00Z", to: "2026-06-01T00:00:00Z"', "is not before `to`"),
        ('from: "2026-06-01T00:00:00"', "is no time with an offset"),
        ('to: "0001-01-01T00:00:00Z"', "to: 0001-01-01T00:00:00+00:00 is before anything was ever kept"),
    ],
)
async def test_a_window_that_makes_no_sense_is_refused_by_name(ask, arguments, named):
    answer = await ask("{ panels { nodes { history(GIVEN) } } }".replace("GIVEN", arguments))

    assert named in answer["errors"][0]["message"]
    assert answer["errors"][0]["extensions"]["code"] in {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}


async def test_every_circuit_of_every_panel_reads_its_own_history(ask, world):
    world.panels.views = {serial: view(serial) for serial in ("a", "b")}

    await ask("{ panels { nodes { circuits(filter: { isVirtual: false }) { history } } } }")

    assert [call[:2] for call in world.history.calls] == [(serial, f"c{n}") for serial in "ab" for n in (1, 2, 3)]

"""What is over the cost is not run, and a million values are not looked at one by one to find that out."""

from __future__ import annotations

from typing import Any

import pytest

from schema.ports import EVERYBODY
from server.graphql.engine import Engine
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import Asked, RefusedError
from tests.schema.fakes import World
from tests.schema.nouns import view
from tests.server.graphql.documents.asking import schema

PANELS = "query ($n: Int!) { panels(first: $n) { nodes { name } } }"
WATCH = 'subscription ($ids: [ID!]) { circuitPower(serial: "nj-2316-00042", circuitIds: $ids) { serial } }'


def engine(*, dev: bool = False, **limits: Any) -> Engine:
    return Engine(schema(), Limits(**limits), Meters(), dev=dev)


async def run(engine: Engine, text: str, **variables: Any) -> dict[str, Any]:
    return dict(await engine.run(engine.prepare(Asked(text), EVERYBODY), variables, World(view()).context()))


async def refused(engine: Engine, text: str, **variables: Any) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await run(engine, text, **variables)
    return caught.value


async def test_r29_what_costs_too_much_is_not_run():
    over = await refused(engine(), PANELS, n=10_000)
    assert over.status == 400
    assert over.errors[0].formatted == {
        "message": "the operation may cost 10,101, more than 5,000: ask for smaller pages",
        "extensions": {"code": "LIMIT_EXCEEDED", "limit": "max_cost", "allowed": 5_000, "asked": 10_101},
    }


async def test_the_cost_is_of_these_variables_and_counted_in_the_meters():
    one = engine(max_cost=100)
    for n in (10, 98, 99, 500):
        if n <= 98:
            assert (await run(one, PANELS, n=n))["data"]["panels"]["nodes"] == [{"name": "Home"}]
        else:
            await refused(one, PANELS, n=n)
    assert one.meters.over_limit == {"max_cost": 2}


async def test_with_report_only_it_is_run_and_counted():
    one = engine(max_cost=1, report_only=True)
    assert "errors" not in await run(one, PANELS, n=10)
    assert one.meters.over_limit == {"max_cost": 1}


@pytest.mark.parametrize("value", ["x", {}, 7])
async def test_r29_a_million_bytes_of_values_are_refused_before_each_is_looked_at(value: object):
    one = engine()
    over = await refused(one, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[value] * 200_000)
    assert (over.errors[0].extensions or {})["limit"] == "max_cost"
    with pytest.raises(RefusedError, match="may cost"):
        one.feed(one.prepare(Asked(WATCH), EVERYBODY), {"ids": [value] * 200_000}, World(view()).context())


@pytest.mark.parametrize("n", [True, "10", None, 1.5, 10**12, float("inf"), [10], {"n": 10}])
async def test_a_size_that_is_none_is_refused_for_what_it_is(n: object):
    over = await refused(engine(), PANELS, n=n)
    assert {(error.extensions or {})["code"] for error in over.errors} <= {
        "GRAPHQL_VALIDATION_FAILED",
        "LIMIT_EXCEEDED",
    }


async def test_only_with_dev_the_variables_errors_say_what_may_have_been_meant():
    text = "query ($s: [BatchState!]) { batches(state: $s) { totalCount } }"
    assert "Did you mean" not in (await refused(engine(), text, s=["COMPLETE"])).errors[0].message
    assert "Did you mean" in (await refused(engine(dev=True), text, s=["COMPLETE"])).errors[0].message

"""Running one operation: who may, for how long, and what of it may be given up."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from schema import build_schema
from schema.panel.refusals import PanelNotFound
from schema.ports import Scope, Viewer
from server.graphql.engine import Engine
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import Asked, RefusedError
from tests.schema.fakes import World

READER = Viewer(Scope.READ)
OPEN_RELAY = """
mutation Open { setCircuitRelay(serial: "nj-2316-00042", circuitId: "c1", state: OPEN) { __typename } }
"""


@pytest.fixture(scope="module")
def schema():
    return build_schema()


@pytest.fixture
def engine(schema):
    return Engine(schema, Limits(), Meters())


def code_of(error: RefusedError) -> object:
    return (error.errors[0].extensions or {})["code"]


def test_a_viewer_without_the_scope_is_told_which_one_and_for_which_field(engine):
    with pytest.raises(RefusedError, match=r"Mutation\.setCircuitRelay needs .* 'control'.* 'read'") as refusal:
        engine.prepare(Asked(OPEN_RELAY), READER)
    assert (refusal.value.status, code_of(refusal.value)) == (403, "FORBIDDEN")
    assert engine.prepare(Asked(OPEN_RELAY), Viewer(Scope.CONTROL)).name == "Open"


async def test_a_query_is_given_up_after_its_time_and_its_work_is_cancelled(schema):
    engine, world = Engine(schema, Limits(operation_timeout_s=0.01), Meters()), World()
    has_ended = asyncio.Event()

    class Slow:
        async def find(self, words, kinds, limit):
            try:
                await asyncio.Event().wait()
            finally:
                has_ended.set()

    operation = engine.prepare(Asked('{ search(text: "x") { kind } }'), READER)
    with pytest.raises(RefusedError, match=r"longer than 0\.01 s") as refusal:
        await engine.run(operation, {}, replace(world.context(), search=Slow()))
    assert (refusal.value.status, code_of(refusal.value)) == (408, "LIMIT_EXCEEDED")
    assert has_ended.is_set()
    assert engine.meters.over_limit == {"operation_timeout_s": 1}


async def test_variables_that_do_not_fit_are_refused_before_anything_runs(engine):
    operation = engine.prepare(Asked("query Of($serial: String!) { panel(serial: $serial) { name } }"), READER)
    for variables in ({}, {"serial": None}, {"serial": 1}, {"serial": ["x"]}):
        with pytest.raises(RefusedError, match="serial"):
            await engine.run(operation, variables, World().context())


async def test_a_mutation_ends_what_it_has_begun(schema):
    engine = Engine(schema, Limits(operation_timeout_s=0.001), Meters())

    class Patient:
        async def set_circuit_relay(self, serial, circuit_id, state):
            await asyncio.sleep(0.02)
            return PanelNotFound(message="there is none", serial=serial)

    operation = engine.prepare(Asked(OPEN_RELAY), Viewer(Scope.CONTROL))
    answer = await engine.run(operation, {}, replace(World().context(), panels=Patient()))  # type: ignore[arg-type]  # all that the mutation asks
    assert answer == {"data": {"setCircuitRelay": {"__typename": "PanelNotFound"}}}

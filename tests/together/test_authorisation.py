"""R36: every field of the graph and whoever may ask for it, by the rules as they are written; generated."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from graphql import OperationType
from starlette.applications import Starlette

from schema import build_schema, rules
from schema.ports import Scope, Viewer
from server.app import create_app
from server.config import DATABASE_FILE, Config, PlantSection, ServerSection
from server.graphql.engine import Engine
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import Asked, RefusedError
from server.lifespan import lifespan
from server.security.tokens import hashed
from server.stores.sqlite.tokens.file import make_missing
from server.stores.sqlite.tokens.file import opened as tokens
from server.stores.tokens import TokenRecord
from tests.together.every_field import Way, every_field, every_way

SCHEMA = build_schema()
GRAPH = SCHEMA._schema
FIELDS = every_field(GRAPH)
WRITTEN = {
    f"{kind}.{name}": Scope[word.upper()]
    for kind, words in tomllib.loads(rules.PATH.read_text()).items()
    for word, names in words.items()
    for name in names
}
"""Read apart from the code that is tested."""
VIEWERS = {
    "read": Viewer(Scope.READ),
    "control": Viewer(Scope.CONTROL),
    "admin": Viewer(Scope.ADMIN),
    "read, another panel": Viewer(Scope.READ, frozenset({"nj-another"})),
    "admin, another panel": Viewer(Scope.ADMIN, frozenset({"nj-another"})),
}
NOW = datetime(2026, 6, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(SCHEMA, Limits(), Meters())


def widest(fields: Iterable[str]) -> Scope:
    return max(WRITTEN[each] for each in fields)


def refusal(engine: Engine, way: Way, viewer: Viewer) -> RefusedError | None:
    try:
        engine.prepare(Asked(way.document(GRAPH, {})), viewer)
    except RefusedError as error:
        return error
    return None


def test_every_field_of_the_schema_is_asked_for():
    asked = {each.place for each in FIELDS}
    assert asked == {f"{kind.name}.{name}" for kind in rules.ruled(GRAPH) for name in kind.fields} & asked
    assert asked >= {f"{root}.{name}" for root in ("Query", "Mutation", "Subscription") for name in
                     getattr(GRAPH.type_map[root], "fields", {})}  # fmt: skip
    unreached = WRITTEN.keys() - asked
    assert unreached == set(), "no root leads to these"


@pytest.mark.parametrize("name", VIEWERS)
def test_a_field_is_asked_for_by_those_whom_its_rule_lets_and_by_nobody_else(engine, name):
    viewer, wrong = VIEWERS[name], []
    for way in FIELDS:
        needed, refused = widest(way.fields), refusal(engine, way, viewer)
        code = refused and (refused.errors[0].extensions or {})["code"]
        if code != (None if viewer.scope >= needed else "FORBIDDEN"):
            wrong.append((way.place, code))
        elif refused is not None:
            assert refused.status == 403
            assert f"scope {needed.word!r}" in str(refused)
            assert str(refused).split(" ", 1)[0] in way.fields
    assert wrong == []


def test_what_a_field_needs_is_what_its_operation_says(engine):
    for way in FIELDS + every_way(GRAPH, "Panel", "Circuit"):
        operation = engine.prepare(Asked(way.document(GRAPH, {})), VIEWERS["admin"])
        assert operation.scope is widest(way.fields), way.place


@pytest.mark.parametrize("place", sorted(WRITTEN)[::7])
def test_a_rule_that_is_raised_is_heeded_wherever_its_field_is_asked_for(place, monkeypatch):
    """The rules are all READ below the roots today; whichever of them changes must count."""
    kind, _, name = place.partition(".")
    raised = {each: dict(words) for each, words in rules.committed().items()}
    raised[kind][name] = "admin"
    monkeypatch.setattr(rules, "committed", lambda: raised)
    engine = Engine(SCHEMA, Limits(), Meters())
    ways = [way for way in FIELDS if place in way.fields]
    assert ways
    for way in ways:
        refused = refusal(engine, way, Viewer(Scope.CONTROL))
        assert refused is not None, way.place
        assert "scope 'admin'" in str(refused)


# --- over HTTP, with tokens --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def app(anyio_backend, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Starlette]:
    """A whole server without panels, that has given out a token for each viewer, named like it."""
    folder = tmp_path_factory.mktemp("authorisation") / "data"
    make_missing(folder / DATABASE_FILE)
    with tokens(folder / DATABASE_FILE) as file:
        for name, viewer in VIEWERS.items():
            file.add(TokenRecord(name, name, hashed(name), viewer, NOW), max_tokens=len(VIEWERS))
    app = create_app(Config(server=ServerSection(data=folder), plant=PlantSection(speed="max", seed=7)))
    async with lifespan(app):
        yield app


async def answered(app: Starlette, way: Way, token: str | None) -> tuple[int, dict[str, Any]]:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
        answer = await http.post("/graphql", json={"query": way.document(GRAPH, {})}, headers=headers)
    return answer.status_code, answer.json()


def codes(answer: dict[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", ())}


ROOTS = {way.place: way for way in FIELDS if len(way.steps) == 1 and way.root.owner is not GRAPH.subscription_type}


@pytest.mark.parametrize("place", [*sorted(ROOTS, key=lambda place: "Mutation" in place)])
async def test_a_root_field_answers_those_who_may_and_nobody_else(app, place):
    way = ROOTS[place]
    status, answer = await answered(app, way, None)
    assert (status, codes(answer), "data" in answer) == (401, {"UNAUTHENTICATED"}, False)
    for name, viewer in VIEWERS.items():
        status, answer = await answered(app, way, name)
        if viewer.scope >= WRITTEN[place]:
            is_blind = place == "Mutation.addPanel" and viewer.panels is not None
            assert codes(answer) - {"FORBIDDEN"} <= {"BAD_USER_INPUT"}, (name, answer)
            assert ("FORBIDDEN" in codes(answer), status) == (is_blind, 200), (name, answer)
        else:
            assert (status, codes(answer), "data" in answer) == (403, {"FORBIDDEN"}, False), (name, answer)


@pytest.mark.parametrize("what", ["__schema { types { name } }", '__type(name: "Query") { name }', "__typename"])
async def test_whoever_may_read_may_ask_for_the_schema(app, engine, what):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
        for token, status in ((None, 401), ("read", 200), ("admin", 200)):
            headers = {} if token is None else {"authorization": f"Bearer {token}"}
            answer = await http.post("/graphql", json={"query": f"{{ {what} }}"}, headers=headers)
            assert answer.status_code == status, answer.text
    assert engine.prepare(Asked(f"{{ {what} }}"), VIEWERS["read"]).kind is OperationType.QUERY

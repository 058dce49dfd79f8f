"""What the gate lets a token do, over a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.middleware import Middleware
from starlette.routing import Route
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from schema.ports import Scope, Viewer
from schema.rules import scope_of
from server.rest.cells.routes import cells_routes
from server.rest.methods import Methods
from server.rest.plant.routes import plant_routes
from server.security.attempts import Limits
from server.security.doorkeeper import Doorkeeper
from server.security.gate import Gate
from server.security.rest_scopes import needed
from server.security.tokens import hashed
from server.stores.tokens import TokenRecord
from tests.fakes import EPOCH
from tests.server.security.times import Hands
from tests.server.security.walled import Seen, walled

LIMITS = Limits(free_attempts=3, first_pause_s=1.5, longest_pause_s=60, addresses=10)
TOKENS = {
    "reader": Viewer(Scope.READ),
    "switcher": Viewer(Scope.CONTROL, frozenset({"sp-1"})),
    "boss": Viewer(Scope.ADMIN),
}


@pytest.fixture
async def hands() -> Hands:
    return Hands()


@pytest.fixture
def door(hands: Hands) -> Doorkeeper:
    door = Doorkeeper((), hands.clock, limits=LIMITS)
    door.know(TokenRecord(f"tok_{name}", name, hashed(name), viewer, EPOCH) for name, viewer in TOKENS.items())
    return door


@pytest.fixture
async def server(door: Doorkeeper) -> AsyncIterator[tuple[httpx.AsyncClient, Seen]]:
    async with walled(Middleware(Gate, door=door)) as found:
        yield found


def key(token: str) -> dict[str, Any]:
    return {"headers": {"X-API-Key": token}}


@pytest.mark.parametrize(
    ("method", "path", "least"),
    [
        ("GET", "/cell_instances", "reader"),
        ("HEAD", "/cell_instances", "reader"),
        ("OPTIONS", "/cell_instances", "reader"),
        ("GET", "/metrics", "reader"),
        ("POST", "/graphql", "reader"),
        ("PUT", "/storage/uploads/a", "reader"),
        ("POST", "/cell_instances", "switcher"),
        ("PUT", "/cell_instances", "switcher"),
        ("PATCH", "/cell_instances", "switcher"),
        ("DELETE", "/cell_instances", "switcher"),
        ("POST", "/factory/start", "switcher"),
        ("POST", "/metrics", "switcher"),
    ],
)
async def test_each_scope_includes_those_below(
    server: tuple[httpx.AsyncClient, Seen], method: str, path: str, least: str
) -> None:
    http, seen = server
    allowed = list(TOKENS).index(least)
    answers = [(await http.request(method, path, **key(token))).status_code for token in TOKENS]
    assert answers == [403] * allowed + [200] * (3 - allowed)
    assert len(seen.requests) == 3 - allowed


async def test_whoever_passes_is_known_to_what_serves(server: tuple[httpx.AsyncClient, Seen]) -> None:
    http, _ = server
    assert (await http.get("/metrics", **key("switcher"))).json()["viewer"] == ["control", ["sp-1"]]


async def test_the_refusal_names_the_scope(server: tuple[httpx.AsyncClient, Seen]) -> None:
    http, _ = server
    answer = await http.post("/cell_instances", **key("reader"))
    told = answer.json()
    assert told.keys() == {"error_code", "message", "detail"}
    assert (told["error_code"], told["detail"]) == ("FORBIDDEN", {"needed": "control"})
    assert "needs scope control" in told["message"]
    assert 'scope="control"' in answer.headers["www-authenticate"]


async def test_without_tokens_everybody_may_all() -> None:
    async with walled(Middleware(Gate, door=Doorkeeper())) as (http, _):
        assert (await http.delete("/cell_instances")).json()["viewer"] == ["admin", []]


@pytest.mark.parametrize("path", ["/healthz", "/storage/uploads/a", "/graphiql/a"])
async def test_open_paths_need_none_and_take_none_for_somebody(
    server: tuple[httpx.AsyncClient, Seen], path: str
) -> None:
    http, _ = server
    for given in ({}, key("wrong")):
        assert (await http.get(path, **given)).json()["viewer"] is None


@pytest.mark.parametrize(
    "path", ["/metrics", "/healthz/", "/storage", "//metrics", "/graphiql", "/Healthz", "/healthz/../metrics"]
)
async def test_all_others_do(server: tuple[httpx.AsyncClient, Seen], path: str) -> None:
    http, seen = server
    assert (await http.get(f"{http.base_url}{path}")).status_code == 401
    assert not seen.requests


@pytest.mark.parametrize("query", ["query={a}", "documentId=a", "extensions={}", "query=", "a=b&query={a}"])
async def test_the_page_of_the_ide_is_none_as_soon_as_it_asks(
    server: tuple[httpx.AsyncClient, Seen], query: str
) -> None:
    http, seen = server
    page = {"accept": "text/html"}
    assert (await http.get("/graphql", headers=page)).status_code == 200
    assert (await http.get(f"/graphql?{query}", headers=page)).status_code == 401
    assert (await http.post("/graphql", headers=page)).status_code == 401
    assert len(seen.requests) == 1


async def test_wrong_tokens_wait_and_are_told_for_how_long(
    server: tuple[httpx.AsyncClient, Seen], hands: Hands
) -> None:
    http, seen = server
    statuses = [(await http.get("/metrics", **key(f"wrong-{each}"))).status_code for each in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    rest, graph = await http.get("/metrics", **key("wrong")), await http.post("/graphql", **key("wrong"))
    assert rest.headers["retry-after"] == graph.headers["retry-after"] == "2"
    assert rest.json()["error_code"] == graph.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert (await http.get("/metrics")).status_code == 401
    assert (await http.get("/metrics", **key("reader"))).status_code == 200
    hands.at_s = 1.5
    assert (await http.get("/metrics", **key("wrong"))).status_code == 429
    assert (await http.get("/metrics", **key("wrong"))).headers["retry-after"] == "3"
    assert len(seen.requests) == 1


async def test_r37_a_thousand_wrong_tokens_leave_nothing_behind(
    server: tuple[httpx.AsyncClient, Seen], door: Doorkeeper
) -> None:
    http, seen = server
    statuses = {(await http.get("/metrics", **key(f"wrong-{number}"))).status_code for number in range(1000)}
    assert statuses == {401, 429}
    assert len(door._attempts) == 1
    assert (await http.get("/metrics", **key("reader"))).status_code == 200
    assert len(seen.requests) == 1


async def test_a_socket_with_a_wrong_token_waits_too(server: tuple[httpx.AsyncClient, Seen]) -> None:
    http, seen = server
    url = f"ws://{http.base_url.netloc.decode()}/ws/status"
    statuses = []
    for _ in range(5):
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, additional_headers=key("wrong")["headers"], proxy=None)
        statuses.append(refused.value.response.status_code)
    assert statuses == [401, 401, 401, 429, 429]
    assert not seen.requests
    async with connect(url, additional_headers=key("reader")["headers"], proxy=None) as socket:
        assert await socket.recv() == "true"


MUTATIONS = {
    ("POST", "/cell_specifications"): "createCellSpecification",
    ("PUT", "/cell_specifications/{specification_id}"): "updateCellSpecification",
    ("PATCH", "/cell_specifications/{specification_id}"): "updateCellSpecification",
    ("DELETE", "/cell_specifications/{specification_id}"): "deleteCellSpecification",
    ("POST", "/cell_specifications/{specification_id}/cell_instances"): "createCellInstance",
    ("PUT", "/cell_instances/{instance_id}"): "updateCellInstance",
    ("PATCH", "/cell_instances/{instance_id}"): "updateCellInstance",
    ("DELETE", "/cell_instances/{instance_id}"): "deleteCellInstance",
    ("POST", "/cell_instances/{instance_id}/cell_measurements/create"): "createPropertiesMeasurement",
    ("PUT", "/cell_measurements/{measurement_id}"): "updateCellMeasurement",
    ("PATCH", "/cell_measurements/{measurement_id}"): "updateCellMeasurement",
    ("DELETE", "/cell_measurements/{measurement_id}"): "deleteCellMeasurement",
    ("POST", "/cell_instances/{instance_id}/cell_measurements/initiate-upload"): "prepareMeasurementUpload",
    ("POST", "/cell_measurements/{measurement_id}/confirm-upload"): "uploadMeasurement",
    ("POST", "/cell_measurements/{measurement_id}/initiate-extend"): "prepareMeasurementUpload",
    ("POST", "/cell_measurements/{measurement_id}/confirm-extend"): "uploadMeasurement",
    ("POST", "/start-simulation"): "startSimulation",
    ("POST", "/factory/start"): "addBatch",
    ("PATCH", "/machine/{line}/{machine}/parameters"): "updateMachineParameters",
}


def changes() -> set[tuple[str, str]]:
    """Every method of a REST face that changes something; what is below /storage/ is signed."""
    return {
        (method, route.path)
        for route in [*cells_routes(), *plant_routes()]
        if isinstance(route, Route) and isinstance(route.endpoint, Methods)
        for method in route.endpoint._handlers
        if method not in ("GET", "HEAD") and not route.path.startswith("/storage/")
    }


def test_every_change_over_rest_has_its_mutation() -> None:
    assert changes() == MUTATIONS.keys()


@pytest.mark.parametrize(("method", "path"), MUTATIONS)
def test_a_change_over_rest_needs_what_its_mutation_needs(method: str, path: str) -> None:
    assert needed({"type": "http", "method": method, "path": path}) == scope_of("Mutation", MUTATIONS[method, path])

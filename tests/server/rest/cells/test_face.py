"""What holds for every path: one shape of errors, slashes, methods, and nothing that fails in silence."""

from __future__ import annotations

from typing import Any

import pytest
import structlog.testing

from schema.cells.refusals import CellRefusal, InvalidSeries, NameTaken
from server.rest.answers import CODES
from server.rest.cells.refusals import STATUSES, refused
from server.stores.errors import StorageFullError, StoreHeldError
from tests.server.rest.cells.face import Face, assert_error


def at(face: Face, path: str) -> str:
    """The path as it stands, which httpx would tidy when it joins it with its base."""
    return str(face.http.base_url).rstrip("/") + path


@pytest.mark.parametrize("slashes", ["/", "//", "///"])
async def test_slashes_before_a_path_do_not_matter(shared: Face, slashes: str) -> None:
    assert (await shared.http.get(at(shared, f"{slashes}healthz"))).json() == {"status": "alive"}
    assert (await shared.http.get(at(shared, f"{slashes}cell_specifications"))).json() == []
    assert "domain_context" in (await shared.http.get(at(shared, f"{slashes}discovery/capabilities"))).json()


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", ["/nothing", "/cell_measurements/x/raw_data", "/cell_specifications/", "/storage"])
async def test_a_path_that_is_not_there_is_404(shared: Face, method: str, path: str) -> None:
    answer = await shared.http.request(method, path)
    assert answer.status_code == 404
    assert_error(answer)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/cell_specifications", "GET, HEAD, POST"),
        ("POST", "/cell_instances/x", "DELETE, GET, HEAD, PATCH, PUT"),
        ("GET", "/cell_measurements/x/confirm-upload", "POST"),
        ("GET", "/storage/uploads/x", "PUT"),
        ("PUT", "/storage/measurements/x/time_series.parquet", "GET, HEAD"),
    ],
)
async def test_a_method_that_is_not_taken_is_405(shared: Face, method: str, path: str, allow: str) -> None:
    answer = await shared.http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert_error(answer)


async def test_answers_are_json_to_the_letter(shared: Face) -> None:
    for path in ("/healthz", "/cell_specifications", "/cell_specifications?limit=1", "/discovery/schemas/data"):
        assert (await shared.http.get(path)).headers["content-type"] == "application/json"
    head = await shared.http.head("/cell_specifications")
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", "application/json")


async def test_schemas_are_told_by_name(shared: Face) -> None:
    named = (await shared.ask("GET", "/discovery/capabilities"))["schemas"]
    assert set(named) == {"data", "protocol"}
    for path in named.values():
        assert "$schema" in await shared.ask("GET", path)
    assert "Time [s]" in (await shared.ask("GET", named["data"]))["$defs"]["time_series"]["required"]
    await shared.error("GET", "/discovery/schemas/other", 404)


async def test_each_error_has_an_id_of_its_own(shared: Face) -> None:
    ids = {(await shared.http.get("/nothing")).headers["x-correlation-id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("secret"), 500), (StorageFullError("full"), 507), (StoreHeldError("held"), 503)]
)
async def test_what_nobody_expected_is_logged_under_the_id_that_is_answered(
    face: Face, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    async def failing(*_: Any) -> None:
        raise error

    monkeypatch.setattr(type(face.app.state.world.lab.cells), "tags", failing)
    with structlog.testing.capture_logs() as logs:
        answer = await face.http.get("/cell_measurements/tags")
    assert answer.status_code == status
    assert_error(answer)
    assert "secret" not in answer.text
    assert [entry["correlation_id"] for entry in logs] == [answer.headers["x-correlation-id"]]
    assert logs[0]["exc_info"] is error


async def test_sockets_are_closed(shared: Face) -> None:
    import websockets.asyncio.client as websockets  # noqa: PLC0415
    from websockets.exceptions import InvalidStatus  # noqa: PLC0415

    with pytest.raises(InvalidStatus) as refusal:
        await websockets.connect(at(shared, "/cell_specifications").replace("http", "ws"))
    assert refusal.value.response.status_code == 403


def test_every_refusal_has_a_status() -> None:
    assert set(STATUSES) == set(CellRefusal.__subclasses__())
    assert {status for status, _ in STATUSES.values()} <= set(CODES)


def test_a_conflict_names_the_holder_and_nothing_else_is_one() -> None:
    taken = refused(NameTaken(message="m", kind="CellInstance", name="n", existing_id="i"))
    assert (taken.status, taken.code, taken.detail) == (409, "CONFLICT", {"name": "n", "existing_id": "i"})
    assert [kind for kind, (_, code) in STATUSES.items() if code == "CONFLICT"] == [NameTaken]


def test_a_refused_series_is_told_by_code_column_and_row() -> None:
    told = refused(InvalidSeries(message="m", code="time_falls", column="Time [s]", row=7))
    assert (told.status, told.detail) == (422, {"code": "time_falls", "column": "Time [s]", "row": 7})

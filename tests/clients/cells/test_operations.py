"""Each operation: the one request it sends, and the noun it makes of the answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
import orjson
import pytest
import respx

from clients.cells import AsyncCellsClient, CellInstanceClient, CellsClient
from clients.cells.models import CellInstance, CellMeasurement, CellSpecification, MeasurementType
from tests.clients.cells import answers
from tests.clients.cells.flavour import Flavour

PAGE = "?limit=1000&offset=0"
DATA = {"name": "x", "notes": "ä", "ratings": {"capacity": {"value": 5.0, "unit": "A.h"}}}


@dataclass
class Case:
    """A call, the request that it must become, what the server answers, and the result."""

    call: Callable[[Any], Any]
    method: str
    path: str
    answer: Any
    result: Any
    body: Any = None


def specification(**fields: Any) -> CellSpecification:
    return CellSpecification("s1", "design", fields={"form_factor": "18650", **fields})


def instance(**fields: Any) -> CellInstance:
    return CellInstance("i1", "cell", "s1", fields={"batch": "b", **fields})


def measurement(**fields: Any) -> CellMeasurement:
    return CellMeasurement("m1", "test", "i1", fields={"protocol": {"name": "CC"}, **fields})


SPECS, INSTANCES = "/cell_specifications", "/cell_specifications/s1/cell_instances"
MEASUREMENTS = "/cell_instances/i1/cell_measurements"
CASES = {
    "spec get": Case(lambda c: c.cell_spec.get("s1"), "GET", f"{SPECS}/s1", answers.specification(), specification()),
    "spec list": Case(lambda c: c.cell_spec.list(), "GET", SPECS + PAGE, [answers.specification()], [specification()]),
    "spec list full": Case(lambda c: c.cell_spec.list(full=True), "GET", f"{SPECS}{PAGE}&full=true", [], []),
    "spec create": Case(
        lambda c: c.cell_spec.create(DATA), "POST", SPECS, answers.specification(), specification(), DATA
    ),
    "spec create_or_get": Case(
        lambda c: c.cell_spec.create_or_get(DATA), "POST", SPECS, answers.specification(), specification(), DATA
    ),
    "spec update": Case(
        lambda c: c.cell_spec.update("s1", DATA), "PUT", f"{SPECS}/s1", answers.specification(), specification(), DATA
    ),
    "spec delete": Case(lambda c: c.cell_spec.delete("s1"), "DELETE", f"{SPECS}/s1", None, None),
    "spec delete cascade": Case(
        lambda c: c.cell_spec.delete("s1", cascade=True), "DELETE", f"{SPECS}/s1?cascade=true", None, None
    ),
    "instance get": Case(
        lambda c: c.cell_instance.get("i1"), "GET", "/cell_instances/i1", answers.instance(), instance()
    ),
    "instance list": Case(
        lambda c: c.cell_instance.list("s1"), "GET", INSTANCES + PAGE, [answers.instance()], [instance()]
    ),
    "instance create": Case(
        lambda c: c.cell_instance.create("s1", DATA), "POST", INSTANCES, answers.instance(), instance(), DATA
    ),
    "instance create_or_get": Case(
        lambda c: c.cell_instance.create_or_get("s1", DATA), "POST", INSTANCES, answers.instance(), instance(), DATA
    ),
    "instance update": Case(
        lambda c: c.cell_instance.update("i1", DATA), "PUT", "/cell_instances/i1", answers.instance(), instance(), DATA
    ),
    "instance delete": Case(lambda c: c.cell_instance.delete("i1"), "DELETE", "/cell_instances/i1", None, None),
    "measurement get": Case(
        lambda c: c.cell_measurement.get("m1"),
        "GET",
        "/cell_measurements/m1",
        answers.measurement(),
        measurement(),
    ),
    "measurement list": Case(
        lambda c: c.cell_measurement.list("i1"), "GET", MEASUREMENTS + PAGE, [answers.measurement()], [measurement()]
    ),
    "measurement update": Case(
        lambda c: c.cell_measurement.update("m1", {"tags": ["a"]}),
        "PUT",
        "/cell_measurements/m1",
        answers.measurement(),
        measurement(),
        {"tags": ["a"]},
    ),
    "measurement delete": Case(
        lambda c: c.cell_measurement.delete("m1"), "DELETE", "/cell_measurements/m1", None, None
    ),
    "measurement create_properties": Case(
        lambda c: c.cell_measurement.create_properties("i1", {"name": "x", "properties": {"mass_g": 45.5}}),
        "POST",
        f"{MEASUREMENTS}/create",
        answers.measurement(),
        measurement(),
        {"name": "x", "properties": {"mass_g": 45.5}, "measurement_type": "properties"},
    ),
    "signed_url": Case(
        lambda c: c.cell_measurement.signed_url("m1"),
        "GET",
        "/cell_measurements/m1/time_series/signed_url",
        {"signed_url": answers.GET_URL},
        answers.GET_URL,
    ),
    "raw get": Case(lambda c: c.get("discovery?x=1", {"y": "ä"}), "GET", "/discovery?x=1&y=%C3%A4", [1], [1]),
    "raw post": Case(lambda c: c.post("/some", {"a": 1}), "POST", "/some", {"b": 2.0}, {"b": 2.0}, {"a": 1}),
    "raw put": Case(lambda c: c.put("//some", {"a": 1}), "PUT", "/some", None, None, {"a": 1}),
    "raw patch": Case(lambda c: c.patch("/some", {"a": 1}), "PATCH", "/some", "x", "x", {"a": 1}),
    "raw delete": Case(lambda c: c.delete("/some"), "DELETE", "/some", None, None),
    "an id with a slash": Case(
        lambda c: c.cell_instance.get("a/../b ä?#"),
        "GET",
        "/cell_instances/a%2F..%2Fb%20%C3%A4%3F%23",
        answers.instance(),
        instance(),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_an_operation_is_this_request(server: respx.MockRouter, lab: Flavour, case: Case) -> None:
    answer = httpx.Response(204) if case.answer is None else httpx.Response(200, json=case.answer)
    server.route().mock(return_value=answer)

    result = await lab.ask(case.call)

    assert result == case.result
    (call,) = server.calls
    assert call.request.method == case.method
    assert call.request.url.raw_path.decode() == case.path
    assert call.request.headers["x-api-key"] == "the-key"
    assert call.request.headers["content-type"] == "application/json"
    assert call.request.headers["accept"] == "application/json"
    assert (orjson.loads(call.request.content) if call.request.content else None) == case.body


async def test_every_field_of_a_measurement_finds_its_place(server: respx.MockRouter, lab: Flavour) -> None:
    told = answers.measurement(
        measurement_type="file",
        start_time="2026-01-01T01:00:00+01:00",
        end_time=None,
        created_at="2026-01-02T00:00:00Z",
        updated_at="2026-01-03T00:00:00",
        tags=["a", "b"],
        is_recording=True,
        row_count=7,
        columns=["Time [s]"],
        content_sha256="ab",
        filenames=["x.pdf"],
    )
    server.get("/cell_measurements/m1").respond(json=told)

    found = await lab.ask(lambda c: c.cell_measurement.get("m1"))

    assert found == CellMeasurement(
        "m1",
        "test",
        "i1",
        MeasurementType.FILE,
        start_time=datetime(2026, 1, 1, tzinfo=UTC),
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
        updated_at=datetime(2026, 1, 3, tzinfo=UTC),
        tags=("a", "b"),
        is_recording=True,
        row_count=7,
        columns=("Time [s]",),
        content_sha256="ab",
        filenames=("x.pdf",),
        fields={"protocol": {"name": "CC"}},
    )
    assert found.protocol == {"name": "CC"}


async def test_what_is_not_as_expected_stays_as_it_came(server: respx.MockRouter, lab: Flavour) -> None:
    odd: dict[str, Any] = {
        "measurement_type": "eis",
        "start_time": "yesterday",
        "created_at": 5,
        "updated_at": "0001-01-01T00:00:00+23:00",
        "tags": ["a", 1],
        "is_recording": 1,
        "row_count": True,
        "columns": "all",
        "content_sha256": 3,
    }
    server.get("/cell_measurements/m1").respond(json=answers.measurement(**odd))

    found = await lab.ask(lambda c: c.cell_measurement.get("m1"))

    assert found == measurement(**odd)


@pytest.mark.parametrize("ident", ["", ".", "..", "x" * 501, None, 5])
async def test_an_impossible_id_is_not_sent(server: respx.MockRouter, lab: Flavour, ident: Any) -> None:
    for call in (
        lambda c: c.cell_instance.delete(ident),
        lambda c: c.cell_instance.detail(ident),
        lambda c: c.cell_measurement.time_series(ident),
        lambda c: c.cell_measurement.upload(ident, {"name": "x"}, {"Time [s]": [0.0]}),
        lambda c: c.cell_spec.update(ident, {}),
    ):
        await lab.fails(call, ValueError, "is no id")

    assert server.calls.call_count == 0


@pytest.mark.parametrize("path", ["http://evil.test/x", "https://evil.test", "/a\nb", None])
async def test_a_raw_call_goes_nowhere_else(server: respx.MockRouter, lab: Flavour, path: Any) -> None:
    await lab.fails(lambda c: c.get(path), ValueError, "is no path")

    assert server.calls.call_count == 0


@pytest.mark.parametrize("path", ["@evil.test/x", "//evil.test/x", ":1/x", "\\evil.test"])
async def test_a_tricky_path_stays_on_the_server(server: respx.MockRouter, lab: Flavour, path: str) -> None:
    server.route().respond(json=1)

    await lab.ask(lambda c: c.get(path))

    assert server.calls.last.request.url.host == "cells.test"


LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"a": {"b": [1.0, float("nan")]}}, r"a\.b\[1\] is nan"),
        ({"a": float("inf")}, "a is inf"),
        ({"a": {1, 2}}, "a is of type set"),
        ({1: 2}, "the key 1"),
        ({"a": 2**70}, "64-bit"),
        ({"a": "\ud800"}, "surrogates"),
        ({"a": LOOP}, "deeper than 200"),
        ([1], "list is no mapping"),
        (None, "NoneType is no mapping"),
    ],
)
async def test_what_json_cannot_carry_is_not_sent(server: respx.MockRouter, lab: Flavour, data: Any, says: str) -> None:
    await lab.fails(lambda c: c.cell_spec.create(data), ValueError, says)
    await lab.fails(lambda c: c.cell_instance.update("i1", data), ValueError, says)

    assert server.calls.call_count == 0


async def test_dates_enums_and_numpys_numbers_are_sent_as_json(server: respx.MockRouter, lab: Flavour) -> None:
    server.post("/x").respond(json=None)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    data = {"a": moment, "b": MeasurementType.FILE, "c": np.float32(0.5), "d": np.int64(3), "e": (True, None)}

    await lab.ask(lambda c: c.post("/x", data))

    body = orjson.loads(server.calls.last.request.content)
    assert body == {"a": "2026-01-01T00:00:00+00:00", "b": "file", "c": 0.5, "d": 3, "e": [True, None]}


def test_a_method_shows_its_signature_and_help() -> None:
    with CellsClient("http://x.test", environ={}) as client:
        assert list(inspect.signature(client.cell_instance.detail).parameters)[-1] == "include_time_series"
        assert client.cell_instance.list.__doc__
        assert isinstance(client.cell_instance, CellInstanceClient)
    assert inspect.iscoroutinefunction(AsyncCellsClient("http://x.test", environ={}).cell_instance.detail)
    assert CellInstanceClient.detail.__doc__

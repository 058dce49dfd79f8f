"""A name that is taken: whoever has it is found, by every way in which servers have told it."""

from __future__ import annotations

import warnings
from typing import Any

import httpx
import pytest
import respx

from clients.cells.errors import CellsConflictError, CellsError, CellsHolderError, CellsNotFoundError
from tests.clients.cells import answers
from tests.clients.cells.flavour import Flavour

ROOMS = {
    "spec": ("/cell_specifications", "/cell_specifications/", "existing_cell_specification_id", answers.specification),
    "instance": (
        "/cell_specifications/s1/cell_instances",
        "/cell_instances/",
        "existing_cell_instance_id",
        answers.instance,
    ),
    "measurement": ("/cell_instances/i1/cell_measurements", "/cell_measurements/", "", answers.measurement),
}


def create_or_get(room: str) -> Any:
    return {
        "spec": lambda c: c.cell_spec.create_or_get({"name": "x"}),
        "instance": lambda c: c.cell_instance.create_or_get("s1", {"name": "x"}),
        "measurement": lambda c: c.cell_measurement.create_or_get("i1", {"name": "x"}, {"Time [s]": [0.0]}),
    }[room]


def refuse(server: respx.MockRouter, room: str, status: int, body: Any) -> respx.Route:
    where = ROOMS[room][0] + ("/initiate-upload" if room == "measurement" else "")
    return server.post(where).respond(status, json=body)


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (409, answers.conflict({"existing_id": "held"})),
        (409, {"detail": {"existing_id": "held"}}),
        (400, answers.conflict({"existing_id": "held"})),
    ],
)
async def test_the_holder_is_the_one_named(server: respx.MockRouter, lab: Flavour, room: str, status, body) -> None:
    refuse(server, room, status, body)
    server.get(ROOMS[room][1] + "held").respond(json=ROOMS[room][3]("held", "x"))

    found = await lab.ask(create_or_get(room))

    assert (found.id, found.name) == ("held", "x")
    assert server.calls.call_count == 2


@pytest.mark.parametrize("room", ["spec", "instance"])
@pytest.mark.parametrize("is_inside", [True, False])
async def test_the_legacy_key_still_works_and_warns(server: respx.MockRouter, lab: Flavour, room, is_inside) -> None:
    told = {ROOMS[room][2]: "held"}
    refuse(server, room, 409, {"detail": told} if is_inside else {"detail": "taken", **told})
    server.get(ROOMS[room][1] + "held").respond(json=ROOMS[room][3]("held", "x"))

    with pytest.warns(DeprecationWarning, match=ROOMS[room][2]):
        found = await lab.ask(create_or_get(room))

    assert found.id == "held"


async def test_the_new_key_goes_before_the_legacy_one(server: respx.MockRouter, lab: Flavour) -> None:
    refuse(server, "instance", 409, answers.conflict({"existing_id": "new", "existing_cell_instance_id": "old"}))
    server.get("/cell_instances/new").respond(json=answers.instance("new", "x"))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (await lab.ask(create_or_get("instance"))).id == "new"


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize(
    "detail", [None, "taken", ["x"], 5, {}, {"existing_id": None}, {"existing_id": 5}, {"existing_id": ""}]
)
async def test_without_an_id_the_name_is_looked_for_on_all_pages(
    server: respx.MockRouter, lab: Flavour, room: str, detail: Any
) -> None:
    refuse(server, room, 409, answers.conflict(detail))
    where, make = ROOMS[room][0], ROOMS[room][3]
    pages = {"0": [make("a", "y"), make("b", "X")], "2": [make("c", "x ")], "3": [make("held", "x")]}
    server.get(where).mock(
        side_effect=lambda request: httpx.Response(
            200, json={"items": pages[request.url.params["offset"]], "count": 2, "total": 9}
        )
    )

    assert (await lab.ask(create_or_get(room))).id == "held"
    assert server.calls.call_count == 4


@pytest.mark.parametrize("room", ROOMS)
async def test_a_plain_array_is_looked_through_too(server: respx.MockRouter, lab: Flavour, room: str) -> None:
    refuse(server, room, 409, answers.conflict())
    server.get(ROOMS[room][0]).respond(json=[ROOMS[room][3]("a", "y"), ROOMS[room][3]("held", "x")])

    assert (await lab.ask(create_or_get(room))).id == "held"


@pytest.mark.parametrize("room", ROOMS)
async def test_nobody_has_it(server: respx.MockRouter, lab: Flavour, room: str) -> None:
    refuse(server, room, 409, answers.conflict())
    server.get(ROOMS[room][0]).respond(json=[ROOMS[room][3]("a", "y")])

    error = await lab.fails(create_or_get(room), ValueError, "'x' is taken")

    assert isinstance(error, CellsHolderError)
    assert isinstance(error.__cause__, CellsConflictError)
    assert error.status_code == 409


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 500, 503])
async def test_every_other_error_is_raised_as_it_came(server: respx.MockRouter, lab: Flavour, room, status) -> None:
    refuse(server, room, status, {"error_code": "ELSE", "message": "no", "detail": {"existing_id": "held"}})

    error = await lab.fails(create_or_get(room), CellsError)

    assert (error.status_code, error.error_code) == (status, "ELSE")
    assert server.calls.call_count == 1


async def test_a_holder_that_is_gone_is_not_found(server: respx.MockRouter, lab: Flavour) -> None:
    refuse(server, "instance", 409, answers.conflict({"existing_id": "held"}))
    server.get("/cell_instances/held").respond(404, json=answers.not_found())

    await lab.fails(create_or_get("instance"), CellsNotFoundError)


async def test_an_upload_that_loses_at_the_end_finds_the_winner(server: respx.MockRouter, lab: Flavour) -> None:
    opened = {"measurement_id": "m9", "signed_url": answers.PUT_URL, "token": "", "path": "p"}
    server.post("/cell_instances/i1/cell_measurements/initiate-upload").respond(json=opened)
    server.put(answers.PUT_URL).respond(200)
    server.post("/cell_measurements/m9/confirm-upload").respond(409, json=answers.conflict({"existing_id": "m1"}))
    server.get("/cell_measurements/m1").respond(json=answers.measurement("m1", "x"))

    assert (await lab.ask(create_or_get("measurement"))).id == "m1"

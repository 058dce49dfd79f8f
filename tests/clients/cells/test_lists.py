"""Lists, read to the end."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import respx

from clients.cells.errors import CellsMalformedError
from tests.clients.cells import answers
from tests.clients.cells.flavour import Flavour

WHERE = "/cell_instances/i1/cell_measurements"
MANY = [answers.measurement(f"m{number}", f"test {number}") for number in range(2345)]


def serve(server: respx.MockRouter, page: int, *, total: bool = True, as_array: bool = False, every: int = 0) -> None:
    """Pages of at most `page`; each page shifts by `every` items, as if so many had come in before."""

    def answer(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        begin = max(0, offset - every) if offset else 0
        items = MANY[begin : begin + min(page, int(request.url.params["limit"]))]
        if as_array:
            return httpx.Response(200, json=items)
        return httpx.Response(
            200, json={"items": items, "count": len(items), **({"total": len(MANY)} if total else {})}
        )

    server.get(WHERE).mock(side_effect=answer)


@pytest.mark.parametrize("page", [25, 1000, 5000])
@pytest.mark.parametrize("total", [True, False])
async def test_pages_are_read_to_the_end(server: respx.MockRouter, lab: Flavour, page: int, total: bool) -> None:
    serve(server, page, total=total)

    found = await lab.ask(lambda c: c.cell_measurement.list("i1"))

    assert [each.id for each in found] == [each["id"] for each in MANY]


async def test_what_comes_twice_is_listed_once(server: respx.MockRouter, lab: Flavour) -> None:
    serve(server, 100, total=False, every=7)

    found = await lab.ask(lambda c: c.cell_measurement.list("i1"))

    assert [each.id for each in found] == [each["id"] for each in MANY]


async def test_a_complete_array_is_one_request(server: respx.MockRouter, lab: Flavour) -> None:
    server.get(WHERE).respond(json=MANY[:999])

    assert len(await lab.ask(lambda c: c.cell_measurement.list("i1"))) == 999
    assert server.calls.call_count == 1


async def test_an_array_as_long_as_a_page_may_be_the_first_of_several(server: respx.MockRouter, lab: Flavour) -> None:
    serve(server, 1000, as_array=True)

    assert len(await lab.ask(lambda c: c.cell_measurement.list("i1"))) == len(MANY)


async def test_an_array_that_knows_no_pages_is_not_read_for_ever(server: respx.MockRouter, lab: Flavour) -> None:
    server.get(WHERE).respond(json=MANY)

    assert len(await lab.ask(lambda c: c.cell_measurement.list("i1"))) == len(MANY)
    assert server.calls.call_count == 2


async def test_a_server_that_answers_its_first_page_only_is_no_list(server: respx.MockRouter, lab: Flavour) -> None:
    server.get(WHERE).respond(json={"items": MANY[:25], "count": 25, "total": 100})

    await lab.fails(lambda c: c.cell_measurement.list("i1"), CellsMalformedError, "100 items and answers 25")


@pytest.mark.parametrize("answer", [[], {"items": [], "count": 0, "total": 0}, {"items": [], "count": 0}])
async def test_nothing_is_an_empty_list(server: respx.MockRouter, lab: Flavour, answer: Any) -> None:
    server.get(WHERE).respond(json=answer)

    assert await lab.ask(lambda c: c.cell_measurement.list("i1")) == []


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "x",
        5,
        {},
        {"items": 5},
        [5],
        [{}],
        [{"id": "a", "name": "b"}],
        [{"id": 5, "name": "b", "cell_instance_id": "c"}],
        [{"id": "a", "name": None, "cell_instance_id": "c"}],
    ],
)
async def test_what_is_no_list_says_so(server: respx.MockRouter, lab: Flavour, answer: Any) -> None:
    server.get(WHERE).respond(json=answer)

    await lab.fails(lambda c: c.cell_measurement.list("i1"), CellsMalformedError, "the server answered")

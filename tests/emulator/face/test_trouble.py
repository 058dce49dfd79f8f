from __future__ import annotations

import httpx

from emulator import transport
from emulator.faults.kinds import KINDS
from tests.emulator.face.conftest import soon


async def test_a_fault_is_added_with_its_route_and_count_and_cleared(face, page, house, client):
    await face.fill("#fault [name=route]", "/circuits")
    await face.fill("#fault [name=often]", "count")
    await face.fill("#fault [name=count]", "5")
    await page.click("#fault button")
    await soon(house.faults.list)

    (fault,) = house.faults.list()
    assert (fault.kind, fault.route.pattern, fault.count) == ("status", "/circuits", 5)
    assert (await client.get("/api/v1/circuits")).status_code == 503
    await page.shows("#active [data-is=hits]", "1 hit")
    await page.shows("#active [data-is=often]", "4 to go")

    await page.click("#active [data-is=clear]")

    await soon(lambda: not house.faults.list())
    await page.until("document.querySelector('#active').children.length === 0")
    assert (await client.get("/api/v1/circuits")).status_code == 200


async def test_every_kind_can_be_added_as_the_form_has_it(face, page, house):
    for kind in KINDS:
        await face.fill("#fault [name=kind]", kind)
        await page.click("#fault button")

        await soon(house.faults.list)
        assert house.faults.list()[0].kind == kind
        await page.click("#clear-faults")
        await soon(lambda: not house.faults.list())


async def test_a_missing_circuit_is_chosen_by_its_name(face, page, house, ids):
    await face.fill("#fault [name=kind]", "missing_circuit")
    await face.fill("#fault [name=circuit]", ids["Study"])
    await page.click("#fault button")

    await soon(house.faults.list)
    assert house.faults.list()[0].effect.circuit == ids["Study"]


async def test_a_fault_that_cannot_be_is_refused_with_what_is_possible(face, page, house):
    await face.fill("#fault [name=for]", "a while")

    await page.click("#fault button")

    await face.said("is not a duration")
    assert not house.faults.list()


async def test_a_scenario_is_played_and_stopped_and_says_what_a_good_client_does(face, page, house):
    await page.click(".scenarios [data-name=flapping] button")

    await page.shows("#playing [data-is=name]", "flapping")
    assert house.scenario.name == "flapping"
    assert await page.evaluate("document.querySelector('#playing [data-is=good-client]').textContent") == (
        house.scenario.scenario.good_client
    )

    await page.click("[data-verb='scenarios/stop']")

    await soon(lambda: house.scenario is None)
    await page.until("document.querySelector('#playing').hidden")


async def test_a_scenario_for_another_house_is_refused(face, page, panels):
    await face.fill("#panels", "8181")
    await page.shows("#serial", panels[1].device.serial)

    await page.click(".scenarios [data-name=ev-evening] button")

    await face.said("house-32")
    assert panels[1].scenario is None


async def test_the_journal_shows_what_clients_asked_and_the_fault_that_struck(face, page, house, client):
    house.faults.add({"kind": "status", "status": 500, "route": "/panel"})
    await client.get("/api/v1/circuits")
    await client.get("/api/v1/panel")
    cells = "[...document.querySelectorAll('#requests tr')].map((row) => [...row.cells].map((one) => one.textContent))"

    rows = await page.until(cells, lambda rows: len(rows) == 2)

    assert [[*row[1:4], row[5]] for row in rows] == [
        ["dashboard", "GET /api/v1/panel", "500", "f1"],
        ["dashboard", "GET /api/v1/circuits", "200", ""],
    ]

    await page.click("[data-verb='journal/clear']")
    await page.until("document.querySelectorAll('#requests tr').length === 0")
    assert house.journal.seen == 0


async def test_the_journal_shows_the_last_fifty(face, page, house):
    async with httpx.AsyncClient(transport=transport(house), base_url="http://panel") as stranger:
        for number in range(60):
            await stranger.get(f"/api/v1/{number}")

    await page.shows("#requests code", "/api/v1/59")
    assert await page.evaluate("document.querySelectorAll('#requests tr').length") == 50

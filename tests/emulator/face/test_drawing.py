from __future__ import annotations

from typing import Any

from emulator.commands import OverridePower, RenameCircuit, SetGrid, SetMainRelay, SetRelay

NAMES = "[...document.querySelectorAll('.breaker[data-mapped=true] .name')].map((one) => one.textContent)"


async def test_the_page_loads_without_an_error_and_asks_nobody_else(face, page, served):
    assert page.errors == []
    assert page.requests
    assert not [url for url in page.requests if not url.startswith((f"{served.url}/", "data:image/svg+xml"))]


async def test_all_circuits_are_drawn_in_the_order_of_their_tabs(face, page, house):
    shown = await page.evaluate(NAMES)

    assert len(shown) == 21
    assert shown == [one.name for one in sorted(house.device.config.circuits, key=lambda one: one.tabs[0])]


async def test_odd_tabs_are_left_and_even_ones_right_and_two_poles_take_two_rows(face, page, ids):
    async def place(name: str) -> Any:
        selector = face.breaker(ids[name])
        return await page.evaluate(
            f"(({{style, offsetHeight}}) => [style.gridColumn, style.gridRow, offsetHeight])"
            f"(document.querySelector({selector!r}))"
        )

    lights, dryer, pump = await place("Kitchen lights"), await place("Dryer"), await place("Heat pump")

    assert lights[:2] == ["2", "1 / span 1"]
    assert dryer[:2] == ["1", "7 / span 2"]
    assert pump[:2] == ["2", "9 / span 2"]
    assert dryer[2] > 2 * lights[2]


async def test_tabs_without_a_circuit_are_drawn_too(face, page):
    blanks = "[...document.querySelectorAll('.blank .tabs')].map((one) => one.textContent)"
    unmapped = "[...document.querySelectorAll('.breaker[data-mapped=false] .tabs')].map((one) => one.textContent)"

    assert await page.evaluate(blanks) == ["29", "31"]
    assert await page.evaluate(unmapped) == ["30 32"]


async def test_what_a_load_uses_and_makes_is_told_in_words_and_in_bars(face, page, house, ids):
    house.command(OverridePower(ids["Study"], 1500.0))
    house.command(OverridePower(ids["Garage"], -2500.0))

    await page.shows(face.breaker(ids["Study"], ".power"), "1.50\u202fkW")
    await page.shows(face.breaker(ids["Garage"], ".power"), "makes 2.50\u202fkW")
    share = (
        f"document.querySelector({face.breaker(ids['Garage'], '[data-is=fill]')!r}).style.getPropertyValue('--share')"
    )
    assert await page.evaluate(share) == "0.500"


async def test_an_open_relay_is_seen(face, page, house, ids):
    handle = face.breaker(ids["Oven"], ".handle")

    house.command(SetRelay(ids["Oven"], closed=False))

    await page.until(f"document.querySelector({handle!r}).getAttribute('aria-checked') === 'false'")
    await page.shows(f"{handle} [data-is=position]", "open")


async def test_the_head_shows_grid_battery_door_and_time(face, page, house):
    house.command(SetGrid(up=False))
    house.command(SetMainRelay(closed=False))

    await page.until("document.querySelector('[data-is=grid-more]').textContent.startsWith('utility down')")
    await page.shows("[data-is=main]", "open")
    await page.shows("[data-is=door]", "locked")
    await page.shows("#serial", house.device.serial)
    assert "%" in await page.evaluate("document.querySelector('[data-is=soc]').textContent")
    assert await page.evaluate("document.querySelector('#grid').getAttribute('aria-checked')") == "false"


async def test_another_panel_can_be_chosen_and_stays_chosen_over_a_reload(face, page, panels):
    await face.fill("#panels", "8181")

    await page.shows("#serial", panels[1].device.serial)
    await page.until("document.querySelectorAll('.breaker[data-mapped=true]').length === 5")

    await face.open("/?again#8181")
    await page.shows("#serial", panels[1].device.serial)


async def test_a_panel_that_was_swapped_is_followed_to_its_new_serial(face, page, house):
    house.swap("nj-9999-new00")

    await page.shows("#serial", "nj-9999-new00")
    await page.until("document.querySelector('#panels').selectedOptions[0].textContent.startsWith('nj-9999-new00')")


async def test_r38_a_hostile_name_is_only_text(face, page, house, ids, client):
    hostile = "<img src=x onerror=alert(1)>"
    house.command(RenameCircuit(ids["Study"], hostile))
    house.swap("</option><script>alert(2)</script>")
    house.clients.register("<svg onload=alert(3)>", None, house.clock.tick())
    await client.get("/api/v1/<img src=x onerror=alert(4)>")

    await page.shows(face.breaker(ids["Study"], ".name"), hostile)
    await page.click(face.breaker(ids["Study"], ".body"))
    await page.shows("#circuit-name", hostile)
    await page.shows("#serial", house.device.serial)
    await page.until("document.querySelectorAll('#requests tr').length === 1")

    assert "img" in await page.evaluate("document.querySelector('#requests code').textContent")
    assert await page.evaluate("document.querySelectorAll('img, main script, iframe').length") == 0
    assert page.dialogs == []
    assert page.errors == []


async def test_r38_not_even_the_pages_own_scripts_can_make_elements_from_text(face, page):
    tried = "(() => { try { document.body.innerHTML = '<p>'; return 'made' } catch (error) { return error.name } })()"

    assert await page.evaluate(tried) == "TypeError"

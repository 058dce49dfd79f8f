from __future__ import annotations

from emulator.configuration.layout import Demand
from emulator.panel import EmulatedPanel
from tests.emulator.face.conftest import soon


def relay(house: EmulatedPanel, name: str) -> bool:
    return next(one.is_closed for one in house.reading().circuits if one.name == name)


async def test_clicking_a_handle_opens_the_relay_and_again_closes_it(face, page, house, ids):
    handle = face.breaker(ids["Oven"], ".handle")

    await page.click(handle)
    await soon(lambda: not relay(house, "Oven"))
    await page.shows(f"{handle} [data-is=position]", "open")

    await page.click(handle)
    await soon(lambda: relay(house, "Oven"))


async def test_a_handle_is_reached_and_moved_by_keyboard(face, page, house, ids):
    await page.evaluate("document.querySelector('#main-relay').focus()")
    await page.press("Tab", 9)
    assert await page.evaluate("document.activeElement.dataset.is") == "body"
    await page.press("Tab", 9)
    assert await page.evaluate("document.activeElement.getAttribute('aria-label')") == "Relay of Kitchen outlets"
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"

    await page.press("Enter", 13, "\r")

    await soon(lambda: not relay(house, "Kitchen outlets"))


async def test_what_may_not_be_switched_says_so_and_stays(face, page, house, ids):
    await page.click(face.breaker(ids["Refrigerator"], ".handle"))

    await face.said("Refrigerator")
    assert relay(house, "Refrigerator")
    assert await page.evaluate("document.querySelector('#notice').dataset.kind") == "refusal"


async def test_three_presses_unlock_the_door(face, page, house):
    for left in ("2 more presses", "1 more press to", "unlocked for 15:00"):
        await page.click("[data-verb=door]")
        await face.said(left)

    assert house.door.is_unlocked(house.clock.tick())
    await page.shows("[data-is=door]", "unlocked")


async def test_freezing_stops_the_clock_and_running_goes_on(face, page, house, wall):
    began = house.clock.tick()
    wall.now_s += 30
    await page.shows("[data-is=time]", "05:00:30")

    await page.click("#freeze")
    await soon(lambda: house.clock.speed == 0)
    wall.now_s += 1000
    await page.until("document.querySelector('#freeze').getAttribute('aria-pressed') === 'true'")
    assert house.clock.tick() == began + 30

    await face.fill("#speed", "60")
    await page.click("[data-verb=speed] button")
    await soon(lambda: house.clock.speed == 60)


async def test_time_is_stepped_and_jumped(face, page, house):
    began = house.clock.tick()

    for step in range(3):
        await page.click(f"[data-verb=step]:nth-of-type({step + 2})")
        await soon(lambda passed=(1, 61, 3661)[step]: house.clock.tick() == began + passed)
    await face.fill("#jump", "2026-06-21T18:30:15")
    await page.click("[data-verb=jump] button")

    await page.shows("[data-is=time]", "18:30:15")


async def test_time_cannot_go_back_and_the_page_says_why(face, page, house):
    began = house.clock.tick()
    await page.evaluate("document.querySelector('#jump').closest('form').noValidate = true")
    await face.fill("#jump", "2020-01-01T00:00:00")

    await page.click("[data-verb=jump] button")

    await face.said("is not in the future")
    assert house.clock.tick() == began


async def test_a_circuit_is_held_scaled_and_let_go_in_its_dialog(face, page, house, ids):
    overrides = house.device.settings.overrides
    await page.click(face.breaker(ids["Study"], ".body"))
    await page.shows("#circuit-name", "Study")

    await face.fill("#circuit [name=power_w]", "-1234.5")
    await page.click("#circuit form:has([name=power_w]) button")
    await page.shows("[data-is=held]", "held at -1234.5 W")
    await page.shows("#circuit [data-is=power]", "makes 1.23\u202fkW")

    await face.fill("#circuit [name=multiplier]", "3")
    await page.click("#circuit form:has([name=multiplier]) button:not([type=button])")
    await page.shows("[data-is=held]", "3 times its profile")

    await page.click("#circuit [data-verb=clear]")
    await page.shows("[data-is=held]", "follows its profile")
    assert house.device.settings.overrides == overrides == {}


async def test_a_circuit_gets_another_priority_and_name_in_its_dialog(face, page, house, ids):
    await page.click(face.breaker(ids["Study"], ".body"))
    await face.fill("#circuit [name=priority]", "MUST_HAVE")
    await page.click("#circuit [data-verb=priority] button")
    await soon(lambda: house.circuit(ids["Study"]).priority == "MUST_HAVE")

    await face.fill("#circuit [name=name]", "Library")
    await page.click("#circuit [data-verb=rename] button")

    await page.shows("#circuit-name", "Library")
    await page.press("Escape", 27)
    await page.until("!document.querySelector('#circuit').open")


async def test_an_unmapped_tab_is_held_too(face, page, house):
    row = len(house.device.config.circuits)
    assert not isinstance(house.device.config.unmapped[0].load, Demand)

    await page.click(".breaker[data-mapped=false] .body")
    await face.fill("#circuit [name=power_w]", "-3000")
    await page.click("#circuit form:has([name=power_w]) button")

    await soon(lambda: row in house.device.settings.overrides)
    assert await page.evaluate("document.querySelector('#circuit [data-verb=relay]').checkVisibility()") is False


async def test_grid_and_main_relay_are_switched(face, page, house):
    await page.click("#main-relay")
    await soon(lambda: not house.reading().main_relay_closed)
    await page.shows("#main-position", "open")
    await page.click("#main-relay")
    await soon(lambda: house.reading().main_relay_closed)

    await page.click("#grid")

    await soon(lambda: not house.reading().grid_is_up)


async def test_battery_reboot_swap_update_and_beginning_again(face, page, house):
    await face.fill("[data-verb=soc] input", "0.25")
    await page.click("[data-verb=soc] button")
    await page.shows("[data-is=soc]", "25.0\u202f%")
    await page.click("summary")

    await page.click("[data-verb=step][data-with*='60']")
    await page.click("[data-verb=reboot]")
    await soon(lambda: house.reading().booted_tick > house.device.start)
    await face.fill("#release", "r202603")
    await page.click("[data-verb=update] button")
    await soon(lambda: house.firmware.name == "r202603")
    await page.click("[data-verb=offline] button")
    await soon(house.is_offline)
    await face.fill("[data-verb=swap] input", "nj-0000-other")
    await page.click("[data-verb=swap] button")
    await soon(lambda: house.device.serial == "nj-0000-other")
    await face.fill("[data-verb=reset] input", "99")
    await page.click("[data-verb=reset] button")

    await soon(lambda: (house.seed, house.clock.tick()) == (99, house.device.start))
    assert page.errors == []

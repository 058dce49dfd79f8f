"""The page is for everybody: small screens, dark rooms, keyboards and screen readers."""

from __future__ import annotations

import pytest

INPUTS = {"button", "switch", "combobox", "textbox", "spinbutton", "checkbox", "listbox", "DateTime"}


WIDE = """[...document.querySelectorAll("body *")].filter((one) => one.checkVisibility() && !one.closest(".scroll")
  && one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => one.outerHTML.slice(0, 80))"""


async def test_nothing_is_wider_than_the_screen(face, page):
    for width in (320, 400, 768, 1280, 1920):
        await page.resize(width, 800)

        assert await page.until(f"innerWidth === {width}")
        assert await page.evaluate(WIDE) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_everything_that_can_be_operated_has_a_name(face, page):
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")

    nodes = (await page.call("Accessibility.getFullAXTree"))["nodes"]

    operable = [node for node in nodes if not node["ignored"] and node["role"]["value"] in INPUTS]
    assert len(operable) > 80
    assert [node for node in operable if not node["name"]["value"].strip()] == []


async def test_breakers_tell_their_relay_to_screen_readers(face, page):
    nodes = (await page.call("Accessibility.getFullAXTree"))["nodes"]

    switches = {node["name"]["value"]: node for node in nodes if node["role"]["value"] == "switch"}
    dryer = {one["name"]: one["value"]["value"] for one in switches["Relay of Dryer"]["properties"]}
    assert dryer["checked"] == "true"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_texts_stand_out_from_what_is_behind_them(face, page, scheme):
    await page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    tokens = ("--ground", "--card", "--ink", "--soft", "--copper", "--uses", "--makes", "--trouble")
    shown = await page.evaluate(
        f"{list(tokens)}.map((name) => getComputedStyle(document.documentElement).getPropertyValue(name))"
    )
    colours = dict(zip(tokens, map(luminance, shown), strict=True))

    for text in tokens[2:]:
        assert contrast(colours[text], colours["--card"]) >= 4.5, text
    for text in tokens[2:4]:
        assert contrast(colours[text], colours["--ground"]) >= 4.5, text


def luminance(colour: str) -> float:
    """Of a colour as #rgb or #rrggbb; source: WCAG 2.2."""
    digits = colour.strip().lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: float, other: float) -> float:
    """1 to 21; source: WCAG 2.2."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)

"""docs/configuration.md tells every setting, with the default that it has today."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from server.config import Config, ConfiguredPanel, PanelsSection
from server.settings import load
from tests.together.process import ROOT

DOCUMENT = (ROOT / "docs" / "configuration.md").read_text()
SECTIONS = re.split(r"^## `\[+([\w.]+)\]+`$", DOCUMENT, flags=re.MULTILINE)
TOLD = {
    section: dict(re.findall(r"^\| `(\w+)` \| `?([^|`]+?)`? \|", text, re.MULTILINE))
    for section, text in zip(SECTIONS[1::2], SECTIONS[2::2], strict=True)
}


def defaults(section: Any) -> dict[str, Any]:
    if is_dataclass(section):
        return {field.name: getattr(section, field.name) for field in fields(section)}
    return {name: value for name, value in section if not is_dataclass(value)}


@pytest.mark.parametrize("name", [name for name in Config.model_fields if name not in ("panels", "tokens")])
def test_every_key_of_the_section_is_told_with_its_default(name: str) -> None:
    known = defaults(getattr(load({}, {}), name))
    shown = {key: str(value).lower() if value in (None, True, False) else str(value) for key, value in known.items()}
    assert TOLD[name] == {key: "none" if value == "()" else value for key, value in shown.items()}


def test_every_limit_of_the_back_off_is_told_with_its_default() -> None:
    shown = {key: str(value) for key, value in defaults(load({}, {}).security.attempts).items()}
    assert TOLD["security.attempts"] == shown


def test_every_limit_of_the_plant_is_told_with_its_default() -> None:
    shown = {key: str(value) for key, value in defaults(load({}, {}).plant.limits).items()}
    assert TOLD["plant.limits"] == shown


def test_every_key_of_a_configured_panel_is_told() -> None:
    where = {name: str(field.default).lower() for name, field in PanelsSection.model_fields.items()}
    del where["at_start"]
    assert TOLD["panels"].keys() == ConfiguredPanel.model_fields.keys() | where
    assert where.items() <= TOLD["panels"].items()


def test_tokens_are_told_by_both_their_names() -> None:
    assert "BUSBAR_TOKENS" in DOCUMENT
    assert load({}, {"BUSBAR_TOKENS": "one,two"}).tokens == load({"tokens": ["one", "two"]}, {}).tokens


def test_the_example_is_a_configuration() -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    config = load(tomllib.loads(example), {})
    assert (config.panels.at_start[0].host, config.polling.poll_s) == ("span-panel.local", 1.0)

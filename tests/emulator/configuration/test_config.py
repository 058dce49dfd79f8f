from __future__ import annotations

import pytest

from emulator.configuration.config import ConfigError, load_panel
from emulator.configuration.layout import Battery
from tests.emulator.configuration.well_formed import WELL_FORMED


def test_a_battery_block_beside_the_circuits_hangs_at_the_lugs(write) -> None:
    config = load_panel(write(WELL_FORMED + "bess: {nameplate_capacity_kwh: 20, max_charge_w: 3500}\n"))

    assert config.unmapped[0].tabs == ()
    assert config.unmapped[0].load == Battery(20_000, 3500, 2500)


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("main_size: 100", "main_size: 100\n  colour: red", "panel.yaml:5: panel_config.colour: unknown key"),
        ("main_size: 100", "main_sice: 100", "panel_config.main_size: missing"),
        ("total_tabs: 8", "total_tabs: 8.5", "panel.yaml:3: panel_config.total_tabs: 8.5 is not whole"),
        ("total_tabs: 8", "total_tabs: true", "True is not a number; a number from 1 to 96"),
        ("total_tabs: 8", "total_tabs: -8", "out of range"),
        ("total_tabs: 8", "total_tabs: .nan", "nan is out of range"),
        ("total_tabs: 8", "total_tabs: 1" + "0" * 400, "out of range"),
        ("total_tabs: 8", "total_tabs: '8'", "'8' is not a number"),
        ("total_tabs: 8", "total_tabs: 8\n  total_tabs: 9", "panel.yaml:4: panel_config.total_tabs: given twice"),
        ("total_tabs: 8", "total_tabs: 8\n  time_zone: ../../etc/passwd", "is not a time zone"),
        ("total_tabs: 8", "total_tabs: 8\n  time_zone: Mars/Olympus", "is not a time zone"),
        ("sp-1", "'a\\tb'", "ok"),
        ("sp-1", '"a\\tb"', "printable"),
        ("sp-1", "x" * 200, "printable characters"),
        ("typical_power: 25", "typical_power: -25", "a consumer's power is positive"),
        ("typical_power: 25", "typical_power: .inf", "out of range"),
        ("typical_power: 25", "typical_power: no", "False is not a number"),
        ("[5, 50]", "[50, 5]", "the lowest comes first"),
        ("[5, 50]", "[5]", "two numbers"),
        ("[5, 50]", "5", "must be a list"),
        ("power_variation: 0.1", "power_variation: 3", "a number from 0 to 1"),
        ("mode: consumer", "mode: consummer", "one of consumer, producer, bidirectional"),
        ("priority: MUST_HAVE", "priority: UNKNOWN", "'UNKNOWN' is unknown; one of MUST_HAVE"),
        ("template: light", "template: lite", "panel.yaml:11: circuits[0].template: 'lite' is unknown; one of light"),
        ("tabs: [1]", "tabs: [1, 2]", "a 240 V circuit sits on n and n + 2"),
        ("tabs: [1]", "tabs: [1, 1]", "one tab, or on two"),
        ("tabs: [1]", "tabs: [1, 3, 5]", "one tab, or on two"),
        ("tabs: [1]", "tabs: []", "one tab, or on two"),
        ("tabs: [1]", "tabs: [7, 9]", "9 is out of range; a number from 1 to 8"),
        ("circuits:", "circuits:\n  - {id: x, name: X, template: light, tabs: [1]}", "tab 1 is taken by 'X'"),
        (
            "circuits:",
            "circuits:\n  - {id: lamp, name: X, template: light, tabs: [2]}",
            "the id 'lamp' is taken by 'X'",
        ),
        ("circuits:", "unmapped_tabs: [1]\ncircuits:", "tab 1 is not unmapped: 'Lamp' sits there"),
        ("circuits:", "unmapped_tab_templates: {'9': {}}\ncircuits:", "unmapped_tab_templates"),
        ("circuits:", "tab_synchronizations: [{tabs: [1, 2]}]\ncircuits:", "n and n + 2"),
        ("circuits:", "simulation_params: {noise_factor: 2}\ncircuits:", "simulation_params.noise_factor"),
        ("circuits:", "circuits: []\nother:", "circuits: missing"),
        ("circuits:", "circuits: 3\nother:", "must be a list"),
        (
            "    priority",
            "    cycling_pattern: {on_duration: 0, off_duration: 0}\n    priority",
            "a cycle of no length",
        ),
        ("    priority", "    sessions: {per_day: 1}\n    climate: {}\n    priority", "cannot stand beside"),
        ("    priority", "    sessions: {from_hour: 9, to_hour: 8}\n    priority", "must not be above"),
        (
            "    priority",
            "    time_of_day_profile: {enabled: true, hour_factors: {25: 1}}\n    priority",
            "not an hour",
        ),
        ("    priority", "    time_of_day_profile: {enabled: true, peak_hours: [24]}\n    priority", "from 0 to 23"),
        ("    priority", "    <<: 3\n    priority", "not a mapping"),
        ("panel_config:", "panel_config: [", "not YAML"),
        ("sp-1", "!!python/name:os.system x", "not a plain value"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place_and_reason(write, old: str, new: str, refusal: str) -> None:
    assert old in WELL_FORMED
    path = write(WELL_FORMED.replace(old, new, 1))
    if refusal == "ok":
        load_panel(path)
        return

    with pytest.raises(ConfigError) as caught:
        load_panel(path)

    assert refusal in str(caught.value)
    assert str(caught.value).startswith("panel.yaml:")
    assert "\n" not in str(caught.value)

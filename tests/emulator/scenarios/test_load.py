from __future__ import annotations

from pathlib import Path

import pytest

from emulator.errors import ConfigError, ScenarioRefusedError
from emulator.panel import EmulatedPanel
from emulator.scenarios import load_scenario, play_on, shipped_scenarios
from emulator.scenarios.load import MAX_STEPS

HEAD = "description: one\ngood_client: two\n"


def written(folder: Path, timeline: str, head: str = HEAD) -> Path:
    path = folder / "mine.yaml"
    path.write_text(head + timeline)
    return path


def line(step: str) -> str:
    return f"timeline:\n  - {{{step}}}\n"


REFUSED = [
    (line("at: 5m"), "4: timeline[0]: a step is exactly one of fault, offline, reboot"),
    (line("at: 5m, reboot: {}, clear: {}"), "here is reboot and clear"),
    (line("at: 5m, explode: {}"), "4: timeline[0]: a step is exactly one of"),
    (line("reboot: {}"), "4: timeline[0].at: missing"),
    (
        line("at: 18:00, reboot: {}"),
        '4: timeline[0].at: 1080 has no unit; "90s", "20m", "2d", or a quoted time',
    ),
    (line("at: .nan, reboot: {}"), "timeline[0].at: nan has no unit"),
    (line("at: true, reboot: {}"), "timeline[0].at: True"),
    (line("at: soon, reboot: {}"), "timeline[0].at: 'soon' is not a time"),
    (line("at: 0, reboot: {hard: true}"), "timeline[0].reboot.hard: unknown key"),
    (line("at: 0, reboot: {}, when: 5"), "timeline[0].when: unknown key; "),
    (line("at: 0, every: 5s, reboot: {}"), "timeline[0].every: less its jitter it is under 10 seconds"),
    (line("at: 0, every: 1m, jitter: 55s, reboot: {}"), "timeline[0].every: less its jitter"),
    (line("at: 0, jitter: 1m, reboot: {}"), "timeline[0].jitter: goes with every"),
    (line("at: 0, times: 3, reboot: {}"), "timeline[0].times: goes with every"),
    (line("at: 0, every: 1m, times: 0, reboot: {}"), "timeline[0].times: 0 is out of range"),
    (
        line("at: 0, for: 1m, reboot: {}"),
        "timeline[0].for: reboot is over at once; fault, grid, main-relay, relay",
    ),
    (line("at: 0, for: 0, grid: {up: false}"), "timeline[0].for: must be at least a second"),
    (
        line("at: 0, every: 1m, for: 1m, grid: {up: false}"),
        "timeline[0].for: must be at least a second, and end",
    ),
    (line("at: 0, grid: {up: maybe}"), "timeline[0].grid.up: 'maybe' is not true or false"),
    (line("at: 0, grid: {}"), "timeline[0].grid.up: missing"),
    (line("at: 0, fault: {kind: nothing}"), "timeline[0].fault.kind: 'nothing' is unknown; one of status"),
    (line("at: 0, fault: {kind: reset, for: 5s}"), "timeline[0].fault.for: belongs to the step"),
    (line("at: 0, fault: {kind: reset, route: /x}"), "timeline[0].fault.route: '/x' is no path of the panel"),
    (line("at: 0, offline: {seconds: 0}"), "timeline[0].offline.seconds: lasts for no time"),
    (line("at: 0, offline: {}"), "timeline[0].offline.seconds: missing"),
    (line("at: 0, update: {firmware: r1}"), "timeline[0].update.firmware: 'r1' is unknown; one of r202318"),
    (line("at: 0, door: {presses: 10}"), "timeline[0].door.presses: 10 is out of range"),
    (line("at: 0, power: {target: Oven}"), "timeline[0].power.power_w: give power_w or multiplier"),
    (line("at: 0, power: {power_w: 1, multiplier: 1}"), "timeline[0].power.power_w: give power_w or multiplier"),
    (line("at: 0, power: {power_w: .nan}"), "timeline[0].power.power_w: nan is out of range"),
    (line("at: 0, power: {target: true, power_w: 1}"), "timeline[0].power.target: must be text"),
    (line("at: 0, relay: {circuit: Oven, position: AJAR}"), "timeline[0].relay.position: 'AJAR' is unknown"),
    (line("at: 0, priority: {circuit: Oven, priority: UNKNOWN}"), "priority.priority: 'UNKNOWN' is unknown"),
    (line("at: 0, soc: {soc: 1.1}"), "timeline[0].soc.soc: 1.1 is out of range"),
    ("timeline: []\n", "3: timeline: has 0 steps; 1 to 200"),
    ("timeline:\n" + "  - {at: 0, reboot: {}}\n" * (MAX_STEPS + 1), f"4: timeline: has {MAX_STEPS + 1} steps"),
    ("timeline: 5\n", "3: timeline: must be a list"),
    ("timeline: [5]\n", "3: timeline[0]: must be a mapping"),
    ("", "1: timeline: missing"),
    ("timeline: [", "not YAML"),
    (line("at: 0, reboot: {}") + "colour: red\n", "5: colour: unknown key"),
    (line("at: 0, reboot: {}") + "written_for: castle\n", "5: written_for: 'castle' is unknown; one of house-32"),
]


@pytest.mark.parametrize(("timeline", "reason"), REFUSED, ids=lambda value: value.strip()[-50:])
def test_a_bad_file_is_refused_with_file_line_key_and_reason(tmp_path, timeline, reason):
    with pytest.raises(ConfigError) as refused:
        load_scenario(written(tmp_path, timeline))

    assert str(refused.value).startswith("mine.yaml:")
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("head", "key"), [("good_client: x\n", "description"), ("description: x\n", "good_client")], ids=["first", "second"]
)
def test_both_sentences_are_needed_on_one_line_each(tmp_path, head, key):
    timeline = line("at: 0, reboot: {}")

    with pytest.raises(ConfigError, match=f"{key}: missing"):
        load_scenario(written(tmp_path, timeline, head))
    with pytest.raises(ConfigError, match=f"{key}: must be one line"):
        load_scenario(written(tmp_path, timeline, f'{head}{key}: "a\\nb"\n'))


def test_an_unknown_scenario_is_refused_with_those_that_are_shipped(tmp_path):
    for unknown in ("flaping", tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ScenarioRefusedError, match="is no file, and the shipped scenarios are auth-lost, circ"):
            load_scenario(unknown)


def test_null_arguments_are_none(tmp_path):
    assert load_scenario(written(tmp_path, line("at: 5m, reboot: "))).steps[0].at == 300


def test_a_scenario_of_ones_own_is_named_by_its_file(tmp_path):
    scenario = load_scenario(written(tmp_path, line("at: 5m, reboot: {}")))

    assert (scenario.name, scenario.description, scenario.good_client, scenario.by) == (
        "mine",
        "one",
        "two",
        "scenario mine",
    )


@pytest.mark.parametrize("name", shipped_scenarios())
def test_each_shipped_scenario_says_what_it_is_and_what_a_good_client_does(name):
    scenario = load_scenario(name)

    assert scenario.name == name
    assert scenario.description.endswith(".")
    assert scenario.good_client.endswith(".")


def test_fourteen_are_shipped():
    assert list(shipped_scenarios()) == [
        "auth-lost",
        "circuits-500",
        "cloudy-noon",
        "energy-dip",
        "ev-evening",
        "flapping",
        "keep-alive",
        "outage",
        "proximity-closed",
        "rate-limit",
        "slow-wifi",
        "solar-unmapped",
        "sunset",
        "unknown-states",
    ]


def test_several_panels_play_together_or_not_at_all(wall):
    house, workshop = (EmulatedPanel.create(name, monotonic=wall) for name in ("house-32", "workshop-8"))

    with pytest.raises(ScenarioRefusedError, match="no circuit is called 'Car charger'; there are Workshop lights"):
        play_on([house, workshop], "ev-evening")
    assert (house.scenario, workshop.scenario, house.device.version) == (None, None, 0)

    play_on([house, workshop], "flapping")
    assert [panel.scenario.name for panel in (house, workshop) if panel.scenario] == ["flapping", "flapping"]

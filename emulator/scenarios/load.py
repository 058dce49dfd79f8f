"""Reading a scenario's file: everything is checked before anything is played."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emulator.configuration.config import shipped_panels
from emulator.configuration.document import Value, load
from emulator.configuration.section import Section, entries
from emulator.errors import ScenarioRefusedError
from emulator.faults.times import Moment, read_duration, read_moment
from emulator.scenarios.scenario import MAX_OCCURRENCES, Scenario, Step
from emulator.scenarios.verbs import VERBS

if TYPE_CHECKING:
    from emulator.panel import EmulatedPanel

MAX_STEPS: Final = 200
LEAST_EVERY_S: Final = 10
"""The shortest time between two occurrences of a step, jitter included."""

MAX_SENTENCE: Final = 400
_TIMES: Final = ("at", "every", "jitter", "for", "times")


def shipped_scenarios() -> dict[str, Path]:
    """The scenarios that come with the emulator, by name."""
    folder = Path(str(files("emulator") / "scenarios" / "shipped"))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load_scenario(source: str | Path) -> Scenario:
    """A shipped scenario by its name, or one from a file; ScenarioRefusedError, ConfigError (file:line: key)."""
    shipped = shipped_scenarios()
    path = shipped.get(str(source), Path(source))
    if not path.is_file():
        listed = ", ".join(shipped)
        raise ScenarioRefusedError(f"{str(source)!r:.120} is no file, and the shipped scenarios are {listed}")
    return read_scenario(load(path), path.stem)


def play_on(panels: Iterable[EmulatedPanel], source: str | Path) -> Scenario:
    """Play a scenario on all panels, for the command line's `--scenario`; EmulatorError, and none plays it then."""
    scenario, panels = load_scenario(source), list(panels)
    for panel in panels:
        scenario.beginnings(panel, panel.now())
    for panel in panels:
        panel.play(scenario)
    return scenario


def read_scenario(document: Value, name: str) -> Scenario:
    """The scenario that a parsed file describes."""
    top = Section(document)
    description, good_client = _sentence(top, "description"), _sentence(top, "good_client")
    written_for = top.choice("written_for", tuple(shipped_panels())) if "written_for" in top else None
    lines = entries(top.need("timeline"))
    if not 1 <= len(lines) <= MAX_STEPS:
        top.refuse("timeline", f"has {len(lines)} steps; 1 to {MAX_STEPS}")
    steps = tuple(_step(Section(line)) for line in lines)
    top.done()
    return Scenario(name, description, good_client, steps, written_for)


def _step(section: Section) -> Step:
    verbs = [verb for verb in VERBS if verb in section]
    if len(verbs) != 1:
        found = " and ".join(verbs) or "none"
        section.place.refuse(f"a step is exactly one of {', '.join(VERBS)}, with {', '.join(_TIMES)}; here is {found}")
    verb = VERBS[verbs[0]]
    every, lasts = section.take("every"), section.take("for")
    step = Step(
        at=_at(section),
        action=verb.read(section.take(verbs[0]) or Value({}, section.place)),
        every_s=None if every is None else read_duration(every),
        jitter_s=read_duration(section.need("jitter")) if section.take("jitter") else 0,
        lasts_s=None if lasts is None else read_duration(lasts),
        times=section.integer("times", MAX_OCCURRENCES, low=1, high=MAX_OCCURRENCES),
    )
    _check_times(section, step, verbs[0])
    section.done()
    return step


def _at(section: Section) -> Moment:
    """YAML reads 18:00 as 1080: a number without a unit is refused, so that nobody waits for the wrong time."""
    value = section.need("at")
    if isinstance(value.content, int | float) and value.content != 0:
        section.refuse("at", f'{value.content!r:.40} has no unit; "90s", "20m", "2d", or a quoted time such as "18:00"')
    return read_moment(value)


def _check_times(section: Section, step: Step, verb: str) -> None:
    """Repeating leaves room between occurrences, and only what can be undone ends."""
    if step.every_s is None:
        for key in ("jitter", "times"):
            if key in section:
                section.refuse(key, "goes with every")
        shortest_s = None
    else:
        shortest_s = step.every_s - step.jitter_s
        if shortest_s < LEAST_EVERY_S:
            section.refuse("every", f"less its jitter it is under {LEAST_EVERY_S} seconds")
    if step.lasts_s is None:
        return
    if not step.action.can_end:
        possible = ", ".join(name for name, action in VERBS.items() if action.can_end)
        section.refuse("for", f"{verb} is over at once; {possible} can last")
    if step.lasts_s < 1 or (shortest_s is not None and step.lasts_s >= shortest_s):
        section.refuse("for", "must be at least a second, and end before the step comes again")


def _sentence(top: Section, key: str) -> str:
    value = top.need(key)
    content = value.content
    if not isinstance(content, str) or not 1 <= len(content) <= MAX_SENTENCE or not content.isprintable():
        value.place.refuse(f"must be one line of 1 to {MAX_SENTENCE} characters")
    return content

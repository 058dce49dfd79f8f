"""Reads a panel from YAML: a superset of span-panel-api 1.1.15's simulation files.

An unmapped tab with a template carries that load; one that is only listed in `unmapped_tabs` carries a small unnamed
load, as it does there; any other tab that no circuit sits on is an empty space.
"""

from __future__ import annotations

from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from emulator.configuration.document import Value, load
from emulator.configuration.layout import Battery, CircuitConfig, Measuring, PanelConfig, Placement
from emulator.configuration.section import Section
from emulator.configuration.storage_template import battery
from emulator.configuration.tabs import Tabs
from emulator.configuration.template import merged, read_template
from emulator.errors import ConfigError as ConfigError  # noqa: PLC0414  # callers catch it from here

MAX_TABS: Final = 96
_IGNORED_PARAMS: Final = ("update_interval", "enable_realistic_behaviors", "battery_behaviors")


def shipped_panels() -> dict[str, Path]:
    """The panels that come with the emulator, by name."""
    folder = Path(str(files("emulator") / "panels"))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load_panel(path: Path) -> PanelConfig:
    """The panel that a file describes; ConfigError says in one line what is wrong with it, and where."""
    return read_panel(load(path))


def read_panel(document: Value) -> PanelConfig:
    """The panel that a parsed file describes."""
    top = Section(document)
    panel = Section(top.need("panel_config"))
    params = top.section("simulation_params") or Section(Value({}, document.place))
    noise = params.number("noise_factor", 0.02, high=1)
    tabs = Tabs(panel.integer("total_tabs", low=1, high=MAX_TABS), top.list("tab_synchronizations"))
    circuits = _circuits(top, tabs, noise)
    unmapped = (*tabs.unmapped(top, noise), *_bess(top))
    accelerated = params.number("time_acceleration", 1.0, high=3600)
    config = PanelConfig(
        serial=panel.text("serial_number"),
        tabs=tabs.total,
        main_breaker_a=panel.number("main_size", low=1, high=2000),
        circuits=circuits,
        unmapped=unmapped,
        model=panel.text("model", "00200"),
        time_zone=_time_zone(panel),
        latitude=panel.number("latitude", 37.8, low=-90, high=90),
        longitude=panel.number("longitude", low=-180, high=180) if "longitude" in panel else None,
        starts_full_of_years=params.choice("initial_energy", ("lifetime", "zero"), "lifetime") == "lifetime",
        measuring=_measuring(top.section("measuring")),
        start_time=_start_time(params),
        time_acceleration=accelerated,
    )
    params.ignore(*_IGNORED_PARAMS)
    top.ignore("behavior_engine")
    for section in (panel, params, top):
        section.done()
    return config


def circuit_id(name: str, tabs: tuple[int, ...]) -> str:
    """32 hex digits, as real panels have, for a circuit whose file gives no id: the same for the same name and tabs."""
    return blake2b(f"{name}/{tabs}".encode(), digest_size=16).hexdigest()


def _circuits(top: Section, tabs: Tabs, noise: float) -> tuple[CircuitConfig, ...]:
    templates = dict(Section(top.need("circuit_templates")).items())
    for value in templates.values():
        read_template(merged(value, None), noise)  # a template that nobody uses must be right too
    found: dict[str, CircuitConfig] = {}
    for value in top.list("circuits"):
        circuit = _circuit(Section(value), templates, tabs, noise)
        if circuit.id in found:
            value.place.refuse(f"the id {circuit.id!r} is taken by {found[circuit.id].name!r}; ids are unique")
        found[circuit.id] = circuit
    if not found:
        top.refuse("circuits", "missing; a panel has at least one circuit")
    return tuple(found.values())


def _circuit(section: Section, templates: dict[str, Value], tabs: Tabs, noise: float) -> CircuitConfig:
    named = section.choice("template", tuple(templates))
    template = read_template(merged(templates[named], section.take("overrides")), noise)
    name = section.text("name")
    placement = tabs.place(section, template.load, name)
    breaker = section.number("breaker_rating", template.breaker_a or 0.0, high=1200)
    made = CircuitConfig(
        id=section.text("id", circuit_id(name, placement.tabs)),
        name=name,
        placement=placement,
        priority=template.priority,
        is_user_controllable=template.is_user_controllable,
        is_sheddable=template.is_sheddable,
        is_never_backup=template.is_never_backup,
        breaker_a=breaker or None,
    )
    section.done()
    return made


def _bess(top: Section) -> tuple[Placement, ...]:
    """A battery at the lugs: the panel's branches do not see it, its feed-through does."""
    block = top.section("bess")
    if block is None or not block.flag("enabled", default=True):
        return ()
    stored: Battery = battery(block)
    return (Placement((), (), stored),)


def _measuring(section: Section | None) -> Measuring:
    plain = Measuring()
    if section is None:
        return plain
    made = Measuring(
        dead_band_w=section.number("dead_band_w", plain.dead_band_w, high=1000),
        energy_period_s=section.integer("energy_period_s", plain.energy_period_s, low=1, high=86_400),
        open_noise_w=section.number("open_noise_w", plain.open_noise_w, high=1000),
        lug_residual_w=section.number("lug_residual_w", plain.lug_residual_w, high=1000),
    )
    section.done()
    return made


def _time_zone(panel: Section) -> str:
    name = panel.text("time_zone", "UTC")
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        panel.refuse("time_zone", f"{name!r} is not a time zone; an IANA name such as America/Los_Angeles")
    return name


def _start_time(params: Section) -> str | None:
    """ISO 8601 text in the panel's own zone, where the file asks for simulated time."""
    wanted = params.flag("use_simulation_time", default=False)
    text = params.text("simulation_start_time", "") if "simulation_start_time" in params else ""
    return text if wanted and text else None

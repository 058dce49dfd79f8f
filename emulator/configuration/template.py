"""Reads a circuit template: what a circuit draws, and what may be done to it.

The keys are those of span-panel-api 1.1.15's simulation files, of its first releases (power_range and its fellows
beside energy_profile) and of its successor's storage block; `climate`, `sessions` and `is_...` are busbar's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emulator.commands import Priority
from emulator.configuration.document import Value
from emulator.configuration.layout import HOURS_A_DAY, Climate, Cycle, Demand, Gate, Load, Sessions, Source
from emulator.configuration.schedule import demand_hours, smart_hours, source_hours
from emulator.configuration.section import Section, entries, number
from emulator.configuration.storage_template import battery

MAX_POWER_W: Final = 1e6
DAY_S: Final = 86_400
_PROFILE_KEYS: Final = ("power_range", "typical_power", "power_variation", "efficiency", "energy_behavior", "mode")
_MODES: Final = ("consumer", "producer", "bidirectional")
_BEHAVIORS: Final = {"consume_only": "consumer", "produce_only": "producer", "mixed": "bidirectional"}
_PRIORITIES: Final[dict[str, Priority]] = {
    "MUST_HAVE": "MUST_HAVE",
    "NICE_TO_HAVE": "NICE_TO_HAVE",
    "NON_ESSENTIAL": "NON_ESSENTIAL",
    "NEVER": "MUST_HAVE",  # the later API's names, met in files of its time
    "SOC_THRESHOLD": "NICE_TO_HAVE",
    "OFF_GRID": "NON_ESSENTIAL",
    "ESSENTIAL": "MUST_HAVE",
}


@dataclass(frozen=True, slots=True)
class Template:
    """What a circuit takes over from its template."""

    load: Load
    priority: Priority
    is_user_controllable: bool
    is_sheddable: bool
    is_never_backup: bool
    breaker_a: float | None


def merged(template: Value, overrides: Value | None) -> Value:
    """The template with a circuit's overrides on it, and energy keys given beside energy_profile moved into it."""
    section, over = Section(template), Section(overrides) if overrides else None
    flat: dict[str, Value] = {}
    profile: dict[str, Value] = {}
    for key, value in [*section.items(), *(over.items() if over else ())]:
        if key == "energy_profile":
            profile.update(Section(value).items())
        elif key in _PROFILE_KEYS:
            profile[key] = value
        else:
            flat[key] = value
    flat["energy_profile"] = Value(profile, template.place)
    return Value(flat, template.place)


def read_template(value: Value, noise: float) -> Template:
    """One template, overrides merged in; `noise` (0..1) is the file's own flicker for every load."""
    section = Section(value)
    load = _load(section, noise)
    controllable = section.choice("relay_behavior", ("controllable", "non_controllable"), "controllable")
    named = section.choice("priority", tuple(_PRIORITIES), "NON_ESSENTIAL")
    breaker = section.number("breaker_rating", 0.0, low=0, high=1200)
    template = Template(
        load=load,
        priority=_PRIORITIES[named],
        is_user_controllable=controllable == "controllable",
        is_sheddable=section.flag("is_sheddable", default=isinstance(load, Demand)),
        is_never_backup=section.flag("is_never_backup", default=False),
        breaker_a=breaker or None,
    )
    section.ignore("device_type", "hvac_type")
    section.done()
    return template


def _load(section: Section, noise: float) -> Load:
    profile = Section(section.need("energy_profile"))
    stored = section.section("battery_behavior")
    if stored is not None and stored.flag("enabled", default=True):
        _profile(profile)
        section.ignore("time_of_day_profile", "cycling_pattern", "smart_behavior")
        return battery(stored)
    mode, low, high, typical, variation = _profile(profile)
    if mode == "producer":
        section.ignore("cycling_pattern", "smart_behavior")
        nameplate = profile.number("nameplate_capacity_w", max(abs(low), abs(high)), high=MAX_POWER_W)
        profile.done()
        hours = source_hours(section.section("time_of_day_profile"))
        return Source(abs(typical), nameplate, cloudiness=variation, noise=noise, hours=hours)
    profile.done()
    if typical < 0:
        profile.refuse("typical_power", "a consumer's power is positive; mode: producer makes a source")
    hours = smart_hours(section.section("smart_behavior"), demand_hours(section.section("time_of_day_profile")))
    return Demand(typical, max(low, 0.0), max(high, 0.0), variation, noise, hours, _gate(section))


def _profile(profile: Section) -> tuple[str, float, float, float, float]:
    """Mode, the two ends of power_range, typical power and its variation."""
    behavior = profile.choice("energy_behavior", tuple(_BEHAVIORS), "consume_only")
    mode = profile.choice("mode", _MODES, _BEHAVIORS[behavior])
    ends = [number(value, -MAX_POWER_W, MAX_POWER_W) for value in entries(profile.need("power_range"))]
    if len(ends) != 2:  # noqa: PLR2004  # a range has two ends
        profile.refuse("power_range", "must be two numbers, [lowest, highest]")
    if mode != "producer" and ends[0] > ends[1]:
        profile.refuse("power_range", "the lowest comes first, [lowest, highest]")
    typical = profile.number("typical_power", low=-MAX_POWER_W, high=MAX_POWER_W)
    profile.ignore("efficiency", "nameplate_capacity_w")
    return mode, ends[0], ends[1], typical, profile.number("power_variation", 0.1, high=1)


def _gate(section: Section) -> Gate | None:
    found = [key for key in ("cycling_pattern", "climate", "sessions") if key in section]
    if len(found) > 1:
        section.refuse(found[1], f"cannot stand beside {found[0]}; keep one")
    if not found:
        return None
    gate = Section(section.need(found[0]))
    made = {"cycling_pattern": _cycle, "climate": _climate, "sessions": _sessions}[found[0]](gate)
    gate.done()
    return made


def _cycle(gate: Section) -> Cycle | None:
    enabled = gate.flag("enabled", default=True)
    on_s = round(60 * gate.number("on_duration_minutes", 15, high=1440))
    off_s = round(60 * gate.number("off_duration_minutes", 30, high=1440))
    on_s = gate.integer("on_duration", on_s, low=0, high=DAY_S)
    off_s = gate.integer("off_duration", off_s, low=0, high=DAY_S)
    gate.ignore("duty_cycle")  # what the two durations say already
    if on_s + off_s == 0:
        gate.refuse("on_duration", "a cycle of no length; on_duration + off_duration must be at least 1 s")
    return Cycle(on_s, off_s) if enabled else None


def _climate(gate: Section) -> Climate:
    plain = Climate()
    made = Climate(
        period_s=gate.integer("period_s", plain.period_s, low=60, high=DAY_S),
        mean_c=gate.number("mean_c", plain.mean_c, low=-50, high=50),
        season_c=gate.number("season_c", plain.season_c, low=0, high=50),
        day_c=gate.number("day_c", plain.day_c, low=0, high=50),
        comfort_low_c=gate.number("comfort_low_c", plain.comfort_low_c, low=-50, high=50),
        comfort_high_c=gate.number("comfort_high_c", plain.comfort_high_c, low=-50, high=50),
        span_c=gate.number("span_c", plain.span_c, low=0.1, high=100),
    )
    if made.comfort_low_c > made.comfort_high_c:
        gate.refuse("comfort_low_c", "must not be above comfort_high_c")
    return made


def _sessions(gate: Section) -> Sessions:
    made = Sessions(
        per_day=gate.number("per_day", 1, high=48),
        from_hour=gate.number("from_hour", 0, high=HOURS_A_DAY),
        to_hour=gate.number("to_hour", HOURS_A_DAY, high=2 * HOURS_A_DAY),
        min_s=gate.integer("min_s", 600, low=1, high=DAY_S),
        max_s=gate.integer("max_s", 3600, low=1, high=DAY_S),
    )
    if made.from_hour > made.to_hour or made.min_s > made.max_s:
        gate.refuse(
            "from_hour", "from_hour must not be above to_hour (24 and more is past midnight), nor min_s above max_s"
        )
    return made

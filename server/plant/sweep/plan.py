"""A plan: which variants, how many batches, which seeds. Read from YAML, and checked whole before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import isfinite, prod
from pathlib import Path

from server.plant.configuration import PlantConfiguration
from server.plant.layout import default_configuration
from server.plant.sweep.document import Entry, Scalar, read_document
from server.plant.sweep.limits import LIMITS, SweepLimits
from server.plant.sweep.settings import Setting, configured, settings

KEYS = ("batches", "repetitions", "seed", "fixed", "vary")
RANGE = ("from", "to", "count")
LARGEST_SEED = 2**53

Told = tuple[tuple[str, Scalar | dict[str, Scalar]], ...]
"""What a variant varies, as the file spells it."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One combination of the varied settings."""

    told: Told
    configuration: PlantConfiguration

    @property
    def name(self) -> str:
        """`anode/coating/coating_speed=0.04, cell/formation_cycling/units=3008`."""
        return ", ".join(f"{key}={_spelled(value)}" for key, value in self.told) or "as it is"


@dataclass(frozen=True, slots=True)
class Plan:
    """Every variant makes `batches` batches once with each of `seeds`: the same luck for all of them."""

    batches: int
    seeds: tuple[int, ...]
    variants: tuple[Variant, ...]

    @property
    def runs(self) -> int:
        """How many there are in all."""
        return len(self.seeds) * len(self.variants)


def read_plan(path: Path, limits: SweepLimits = LIMITS) -> Plan:
    """The plan in that file. PlanError, one sentence, where it cannot be used."""
    document = read_document(path, limits)
    given = document.mapping("a plan is a mapping, with batches, repetitions, seed, fixed and vary")
    for name, entry in given.items():
        if name not in KEYS:
            raise entry.error(f"is no key of a plan; allowed are {', '.join(KEYS)}")
    if "batches" not in given:
        raise document.error("has no batches; write how many each run makes, as batches: 100")
    batches = _whole(given["batches"], 1, limits.batches)
    repetitions = _whole(given["repetitions"], 1, limits.repetitions) if "repetitions" in given else 1
    seed = _whole(given["seed"], 0, LARGEST_SEED) if "seed" in given else 1
    variants = tuple(_variants(document, given, repetitions, limits))
    return Plan(batches, tuple(range(seed, seed + repetitions)), variants)


def _whole(entry: Entry, low: int, high: int) -> int:
    value = entry.value
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise entry.refused(f"allowed is a whole number from {low} to {high}")
    return value


def _variants(document: Entry, given: dict[str, Entry], repetitions: int, limits: SweepLimits) -> Iterator[Variant]:
    fixed = _named(given, "fixed")
    varied = {name: _choices(entry, limits) for name, entry in _named(given, "vary").items()}
    count = prod(len(choices) for choices in varied.values())
    if count > limits.variants:
        raise given["vary"].error(f"makes {count} variants; allowed are {limits.variants}")
    if count * repetitions > limits.runs:
        raise document.error(f"makes {count * repetitions} runs (variants x repetitions); allowed are {limits.runs}")
    for combination in product(*varied.values()):
        chosen = dict(zip(varied, combination, strict=True))
        wanted = _once(
            [setting for set_ in (fixed, chosen) for name, entry in set_.items() for setting in settings(name, entry)]
        )
        yield Variant(tuple((name, _plain(entry)) for name, entry in chosen.items()), configured(BASE, wanted))


BASE = default_configuration()


def _named(given: dict[str, Entry], key: str) -> dict[str, Entry]:
    return (
        given[key].mapping("a mapping of settings is wanted, as cell/rewinding/mtbf_s: 14400") if key in given else {}
    )


def _once(wanted: list[Setting]) -> list[Setting]:
    seen: dict[str, Setting] = {}
    for setting in wanted:
        before = seen.setdefault(setting.place, setting)
        if before is not setting:
            raise setting.entry.error(f"sets {setting.place}, which line {before.entry.line} sets too; set it once")
    return wanted


def _choices(entry: Entry, limits: SweepLimits) -> list[Entry]:
    if isinstance(entry.value, dict):
        choices = list(_range(entry, entry.value, limits))
    elif isinstance(entry.value, list):
        choices = entry.value
    else:
        raise entry.refused("a list of values is wanted, or a range as {from: 1, to: 3, count: 3}")
    if not 1 <= len(choices) <= limits.values:
        raise entry.error(f"has {len(choices)} values; allowed are 1 to {limits.values}")
    seen: list[object] = []
    for choice in choices:
        plain = _plain(choice)
        if plain in seen:
            raise choice.refused("the same value stands before it; write each once")
        seen.append(plain)
    return choices


def _range(entry: Entry, given: dict[str, Entry], limits: SweepLimits) -> Iterator[Entry]:
    """Evenly spaced, both ends included; whole numbers where both ends and all steps between are whole."""
    if set(given) != set(RANGE):
        raise entry.error("is no range; a range has from, to and count, and nothing else")
    count = _whole(given["count"], 2, limits.values)
    low, high = _number(given["from"]), _number(given["to"])
    at = _spaced(low, high, count)
    for number in range(count):
        yield replace(entry, value=at(number))


def _spaced(low: float, high: float, last: int) -> Callable[[int], float]:
    steps = last - 1
    if isinstance(low, int) and isinstance(high, int) and (high - low) % steps == 0:
        return lambda number: low + (high - low) // steps * number
    return lambda number: high if number == steps else low + (high - low) * number / steps


def _number(entry: Entry) -> float:
    value = entry.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise entry.refused("allowed is a finite number")
    return value


def _plain(entry: Entry) -> Scalar | dict[str, Scalar]:
    if isinstance(entry.value, dict):
        return {name: _single(value) for name, value in entry.value.items()}
    return _single(entry)


def _single(entry: Entry) -> Scalar:
    if isinstance(entry.value, list | dict):
        raise entry.refused("a single value is wanted here")
    return entry.value


def _spelled(value: Scalar | dict[str, Scalar]) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_spelled(one)}" for name, one in value.items()) + "}"
    return "null" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)

"""What a sweep found, as one document: the same plan gives the same bytes, wherever its runs came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from clients.plant.models import MACHINES
from server.plant.sweep.intervals import CONFIDENCE, Interval, interval, paired
from server.plant.sweep.plan import Plan, Variant
from server.plant.sweep.run import FIGURES, Result

_ORDER = [f"{key.line}/{key.stage}" for key in MACHINES]


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """The machine that was it in most runs (the earlier on the way where two were as often), and in how many."""

    machine: str | None
    runs: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One variant. `differences` are to the first variant, seed by seed; empty for the first itself."""

    variant: Variant
    bottleneck: Bottleneck
    figures: Mapping[str, Interval]
    differences: Mapping[str, Interval]


def compare(plan: Plan, results: Sequence[Sequence[Result]]) -> list[Comparison]:
    """All variants; `results` are by variant and seed, in the plan's order."""
    first = results[0]
    return [
        Comparison(
            variant,
            _bottleneck(own),
            {name: interval([value for value in _column(own, name) if value is not None]) for name in FIGURES},
            {} if own is first else {name: paired(_column(own, name), _column(first, name)) for name in FIGURES},
        )
        for variant, own in zip(plan.variants, results, strict=True)
    ]


def _column(results: Sequence[Result], name: str) -> list[float | None]:
    return [result.figures[name] for result in results]


def _bottleneck(results: Sequence[Result]) -> Bottleneck:
    counted = Counter(result.bottleneck for result in results if result.bottleneck is not None)
    if not counted:
        return Bottleneck(None, 0)
    machine = min(counted, key=lambda name: (-counted[name], _ORDER.index(name)))
    return Bottleneck(machine, counted[machine])


def document(plan: Plan, comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """For programs: intervals hold n, mean, low and high; null where there were too few runs."""
    return {
        "batches": plan.batches,
        "seeds": list(plan.seeds),
        "confidence": CONFIDENCE,
        "variants": [
            {
                "settings": dict(one.variant.told),
                "bottleneck": asdict(one.bottleneck),
                "figures": {name: asdict(found) for name, found in one.figures.items()},
                "differences": {name: asdict(found) for name, found in one.differences.items()},
            }
            for one in comparisons
        ],
    }

"""Content: good JSON of a bad panel. Only answers of status 200 that have what the fault is about are struck."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from typing_extensions import is_typeddict

from emulator.configuration.section import Section, entries
from emulator.faults.draw import Draw
from emulator.faults.outcome import Outcome, Stage, Visit
from emulator.http import objects

UNKNOWN: Final = "UNKNOWN"
STATES: Final = {"main_relay": "mainRelayState", "relay": "relayState", "door": "doorState"}
"""What may be unknown, and the field that tells it."""


@dataclass(frozen=True, slots=True)
class WrongTypes:
    """Numbers come as text, text as a list of it, lists as mappings: in all fields, or in those of one name."""

    stage: ClassVar = Stage.CONTENT
    field: str | None = None

    @classmethod
    def read(cls, section: Section) -> Self:
        """`field`, a name such as instantPowerW; every number, text, flag and list of them unless given."""
        return cls(section.choice("field", fields()) if "field" in section else None)

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Give the wrong types."""
        return outcome.rewrite(self._spoil)

    def _spoil(self, content: Any) -> bool:  # noqa: ANN401  # any JSON
        found = [
            (inside, key)
            for inside, key, value in _fields(content)
            if key == self.field or (self.field is None and _is_leaf(value))
        ]
        for inside, key in found:
            inside[key] = _wrong(inside[key])
        return bool(found)


@dataclass(frozen=True, slots=True)
class MissingCircuit:
    """A circuit is not in the list of circuits: the one named, or always the same that the seed has picked."""

    stage: ClassVar = Stage.CONTENT
    circuit: str | None = None

    @classmethod
    def read(cls, section: Section) -> Self:
        """`circuit`, an id; the board refuses one that its panel has not."""
        return cls(section.text("circuit") if "circuit" in section else None)

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Leave it out."""

        def leave_out(content: Any) -> bool:  # noqa: ANN401  # any JSON
            circuits = content.get("circuits")
            if not circuits:
                return False
            return circuits.pop(self.circuit or list(circuits)[int(draw.lasting() * len(circuits))], None) is not None

        return outcome.rewrite(leave_out)


@dataclass(frozen=True, slots=True)
class UnknownStates:
    """Relays and the door say UNKNOWN, as they do before the panel has looked at them."""

    stage: ClassVar = Stage.CONTENT
    states: tuple[str, ...] = tuple(STATES)

    @classmethod
    def read(cls, section: Section) -> Self:
        """`states`, a list of main_relay, relay and door; all of them unless given."""
        value = section.take("states")
        if value is None:
            return cls()
        named = tuple(str(item.content) for item in entries(value))
        if not named or not set(named) <= set(STATES):
            value.place.refuse(f"must be a list of {', '.join(STATES)}")
        return cls(named)

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Forget the states."""
        names = {STATES[state] for state in self.states}
        return outcome.rewrite(lambda content: _replace(content, names, lambda _: UNKNOWN))


@dataclass(frozen=True, slots=True)
class EnergyDip:
    """Energy counters are too low by `share`, as in a panel's first answers after it has started.

    The feed-through's are what follows from the others, so that the balance of energies holds in /panel all the same.
    """

    stage: ClassVar = Stage.CONTENT
    share: float = 0.0834

    @classmethod
    def read(cls, section: Section) -> Self:
        """`share`, 0 to 1; 0.0834 unless given: a dip that a user met, 5,688,566 Wh shown as 5,213,928."""
        return cls(section.number("share", 0.0834, high=1))

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Show less than was counted."""
        return outcome.rewrite(self._dip)

    def _dip(self, content: Any) -> bool:  # noqa: ANN401  # any JSON
        if not _replace(content, _COUNTERS, self._less):
            return False
        if "branches" in content:
            _balance(content)
        return True

    def _less(self, shown_wh: Any) -> float:  # noqa: ANN401  # a number, in the panel's JSON
        kept_mwh: int = round(shown_wh * 1000 * (1 - self.share))
        return kept_mwh / 1000


_COUNTERS: Final = {"consumedEnergyWh", "producedEnergyWh", "importedActiveEnergyWh", "exportedActiveEnergyWh"}


def fields() -> tuple[str, ...]:
    """The names of all fields that the panel's answers have."""
    shapes = [shape for shape in vars(objects).values() if is_typeddict(shape)]
    return tuple(sorted({name for shape in shapes for name in shape.__annotations__}))


def _balance(panel: Any) -> None:  # noqa: ANN401  # the panel's JSON
    """The feed-through's energies from the main meter's and the branches', in whole mWh."""
    main, branches = panel["mainMeterEnergy"], panel["branches"]
    imported = sum(_mwh(branch["importedActiveEnergyWh"]) for branch in branches)
    exported = sum(_mwh(branch["exportedActiveEnergyWh"]) for branch in branches)
    panel["feedthroughEnergy"] = {
        "producedEnergyWh": (exported - _mwh(main["producedEnergyWh"])) / 1000,
        "consumedEnergyWh": (_mwh(main["consumedEnergyWh"]) - imported) / 1000,
    }


def _mwh(energy_wh: float) -> int:
    return round(energy_wh * 1000)


def _replace(content: Any, names: set[str], change: Callable[[Any], Any]) -> bool:  # noqa: ANN401  # any JSON
    """Change every field of these names, and say whether that made a difference."""
    found = [(inside, key, change(value)) for inside, key, value in _fields(content) if key in names]
    found = [(inside, key, value) for inside, key, value in found if inside[key] != value]
    for inside, key, value in found:
        inside[key] = value
    return bool(found)


def _fields(content: Any) -> Iterator[tuple[dict[str, Any], str, Any]]:  # noqa: ANN401  # any JSON
    """Every field at any depth: the mapping that it is in, its name, its value."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield content, key, value
    for value in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        yield from _fields(value)


def _is_leaf(value: Any) -> bool:  # noqa: ANN401  # any JSON
    items = value if isinstance(value, list) else [value]
    return not any(isinstance(item, dict | list) for item in items)


def _wrong(value: Any) -> Any:  # noqa: ANN401  # any JSON
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, list):
        return {}
    return [] if isinstance(value, dict) else [value]

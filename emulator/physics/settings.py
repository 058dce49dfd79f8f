"""What commands have set on a panel, and how each command changes it: all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from emulator.commands import (
    PRIORITIES,
    ClearOverrides,
    Command,
    CommandRefusedError,
    OverridePower,
    Reboot,
    RenameCircuit,
    SetFlags,
    SetGrid,
    SetMainRelay,
    SetPriority,
    SetRelay,
    SetSoc,
    SetSocThresholds,
    SwapSerial,
)
from emulator.configuration.layout import Battery, PanelConfig

MAX_NAME: Final = 128
MAX_OVERRIDE_W: Final = 1e6
MAX_MULTIPLIER: Final = 100.0


@dataclass(frozen=True, slots=True)
class CircuitSetting:
    """What a user sees and changes of a circuit."""

    name: str
    priority: str
    is_closed: bool
    is_user_controllable: bool
    is_sheddable: bool
    is_never_backup: bool


@dataclass(frozen=True, slots=True)
class Override:
    """Exactly one of them is given: W (positive = consumption), or a factor on what the load would draw."""

    power_w: float | None
    multiplier: float | None


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole panel's settings; `overrides` is by row of `PanelConfig.placements`."""

    serial: str
    booted_tick: int
    circuits: tuple[CircuitSetting, ...]
    main_closed: bool = True
    grid_up: bool = True
    soc_low: float = 0.3
    soc_high: float = 0.5
    overrides: Mapping[int, Override] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def on_grid(self) -> bool:
        """Whether the bus is tied to a grid that is up."""
        return self.main_closed and self.grid_up


def initial_settings(config: PanelConfig, tick: int) -> Settings:
    """A panel as its file describes it, started at `tick`."""
    circuits = tuple(
        CircuitSetting(c.name, c.priority, True, c.is_user_controllable, c.is_sheddable, c.is_never_backup)  # noqa: FBT003  # every relay starts closed
        for c in config.circuits
    )
    return Settings(config.serial, tick, circuits)


def applied(config: PanelConfig, settings: Settings, command: Command, tick: int) -> Settings:
    """The settings after `command`, or CommandRefusedError. SetSoc is only checked here: it changes no setting."""
    match command:
        case SetRelay() | SetPriority() | RenameCircuit() | SetFlags():
            return _circuit_set(config, settings, command)
        case OverridePower():
            return replace(settings, overrides=_overridden(config, settings, command))
        case ClearOverrides():
            return replace(settings, overrides=MappingProxyType({}))
        case SetSoc(soc):
            _within(soc, 0.0, 1.0, "soc")
            _need_battery(config, "soc")
            return settings
        case Reboot():
            return replace(settings, booted_tick=tick)
    return _panel_set(settings, command)


def _panel_set(settings: Settings, command: SetMainRelay | SetGrid | SetSocThresholds | SwapSerial) -> Settings:
    match command:
        case SetMainRelay(closed):
            return replace(settings, main_closed=_flag(closed, "closed"))
        case SetGrid(up):
            return replace(settings, grid_up=_flag(up, "up"))
        case SwapSerial(serial):
            return replace(settings, serial=_name(serial, "serial"))
        case SetSocThresholds(low, high):
            if _within(low, 0.0, 1.0, "low") > _within(high, 0.0, 1.0, "high"):
                raise CommandRefusedError(f"{low:g} is above the high threshold {high:g}", "low")
            return replace(settings, soc_low=low, soc_high=high)


def _circuit_set(
    config: PanelConfig, settings: Settings, command: SetRelay | SetPriority | RenameCircuit | SetFlags
) -> Settings:
    row = _row(config, command.circuit_id, "circuit_id")
    changed = _circuit_after(settings.circuits[row], command)
    return replace(settings, circuits=(*settings.circuits[:row], changed, *settings.circuits[row + 1 :]))


def _circuit_after(
    circuit: CircuitSetting, command: SetRelay | SetPriority | RenameCircuit | SetFlags
) -> CircuitSetting:
    match command:
        case SetRelay(_, closed):
            if not circuit.is_user_controllable:
                raise CommandRefusedError(f"the relay of {circuit.name!r} is not user controllable", "circuit_id")
            return replace(circuit, is_closed=_flag(closed, "closed"))
        case SetPriority(_, priority):
            if priority not in PRIORITIES:
                raise CommandRefusedError(f"{priority!r} is none of {', '.join(PRIORITIES)}", "priority")
            return replace(circuit, priority=priority)
        case RenameCircuit(_, name):
            return replace(circuit, name=_name(name, "name"))
        case SetFlags(_, controllable, sheddable, never):
            return replace(
                circuit,
                is_user_controllable=_flag_or(controllable, circuit.is_user_controllable, "user_controllable"),
                is_sheddable=_flag_or(sheddable, circuit.is_sheddable, "sheddable"),
                is_never_backup=_flag_or(never, circuit.is_never_backup, "never_backup"),
            )


def _overridden(config: PanelConfig, settings: Settings, command: OverridePower) -> Mapping[int, Override]:
    if command.power_w is not None and command.multiplier is not None:
        raise CommandRefusedError("give a power or a multiplier, not both", "multiplier")
    made: Override | None = None
    if command.power_w is not None:
        made = Override(_within(command.power_w, -MAX_OVERRIDE_W, MAX_OVERRIDE_W, "power_w"), None)
    elif command.multiplier is not None:
        made = Override(None, _within(command.multiplier, 0.0, MAX_MULTIPLIER, "multiplier"))
    rows = _targets(config, command.target)
    kept = {row: override for row, override in settings.overrides.items() if row not in rows}
    return MappingProxyType(kept if made is None else kept | dict.fromkeys(rows, made))


def _targets(config: PanelConfig, target: str | int | None) -> set[int]:
    if target is None:
        return {row for row, p in enumerate(config.placements) if not isinstance(p.load, Battery)}
    if isinstance(target, str):
        return {_row(config, target, "target")}
    unmapped = enumerate(config.unmapped, start=len(config.circuits))
    rows = {row for row, placement in unmapped if target in placement.tabs and not isinstance(target, bool)}
    if not rows:
        tabs = sorted(tab for placement in config.unmapped for tab in placement.tabs)
        raise CommandRefusedError(f"{target!r} is no unmapped tab with a load; there are {tabs}", "target")
    return rows


def _row(config: PanelConfig, circuit_id: str, where: str) -> int:
    for row, circuit in enumerate(config.circuits):
        if circuit.id == circuit_id:
            return row
    raise CommandRefusedError(f"no circuit {str(circuit_id)[:64]!r} on this panel", where)


def _need_battery(config: PanelConfig, where: str) -> None:
    if not any(isinstance(placement.load, Battery) for placement in config.placements):
        raise CommandRefusedError("this panel has no battery", where)


def _within(value: object, low: float, high: float, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise CommandRefusedError(f"{str(value)[:40]} is not a number from {low:g} to {high:g}", where)
    return float(value)


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise CommandRefusedError(f"{str(value)[:40]!r} is not true or false", where)
    return value


def _flag_or(value: bool | None, present: bool, where: str) -> bool:  # noqa: FBT001  # it is the thing that is checked
    return present if value is None else _flag(value, where)


def _name(value: object, where: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= MAX_NAME or not value.isprintable():
        raise CommandRefusedError(f"must be 1 to {MAX_NAME} printable characters", where)
    return value.strip()

"""Commands, events and results as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from typing import Any

from clients.plant.models import Line, MachineKey, Stage
from clients.plant.parameters import PARAMETERS, Parameters
from schema.ports import Event, NewEvent, PlantEntry, Position
from server.plant.commands import (
    AddBatch,
    CancelBatch,
    Command,
    Pause,
    Reset,
    Resume,
    SetParameters,
    StartMachine,
    StopMachine,
)
from server.plant.energy import JOULE_PER_KWH
from server.plant.events import Loss, PlantEvent, Stopped
from server.plant.outcome import Outcome
from server.stores.plant import CommandRecord

TOPIC = "plant"
PLAIN: Mapping[str, type[Pause | Resume | Reset]] = {"pause": Pause, "resume": Resume, "reset": Reset}


def name_of(key: MachineKey) -> str:
    """`anode/mixing`."""
    return f"{key.line}/{key.stage}"


@lru_cache(maxsize=64)
def key_of(name: str) -> MachineKey:
    """The machine with that name; raises ValueError."""
    line, _, stage = name.partition("/")
    return MachineKey(Line(line), Stage(stage))


def subject_of(batch_id: str | None, machine: MachineKey | None) -> str:
    """What an event is about: the batch, else the machine, else the plant."""
    if batch_id is not None:
        return f"batch/{batch_id}"
    return "plant" if machine is None else f"machine/{name_of(machine)}"


def dumped(parameters: object) -> dict[str, Any]:
    """Parameters as JSON."""
    return parameters.model_dump() if isinstance(parameters, Parameters) else {"of": repr(parameters)}


def blocks(own: Mapping[MachineKey, object]) -> dict[str, dict[str, Any]]:
    """Parameters by machine, as JSON."""
    return {name_of(key): dumped(parameters) for key, parameters in own.items()}


def checked(key: MachineKey, fields: Mapping[str, Any]) -> Parameters:
    """Parameters out of JSON; raises pydantic.ValidationError where the ranges are others by now."""
    return PARAMETERS[key.stage].model_validate(fields)


def known(own: Mapping[str, Mapping[str, Any]]) -> dict[MachineKey, Parameters]:
    """Parameters by machine as they were once checked."""
    keys = {key_of(name): fields for name, fields in own.items()}
    return {key: PARAMETERS[key.stage].model_construct(**fields) for key, fields in keys.items()}


def record_of(number: int, command: Command) -> CommandRecord:
    """The command as it is written down."""
    match command:
        case AddBatch():
            kind, body = "add_batch", _addition(command)
        case CancelBatch():
            kind, body = "cancel_batch", {"batch_id": command.batch_id}
        case SetParameters():
            kind = "set_parameters"
            body = {"machine": name_of(command.machine), "parameters": dumped(command.parameters)}
        case StopMachine():
            kind, body = "stop_machine", {"machine": name_of(command.machine), "reason": command.reason}
        case StartMachine():
            kind, body = "start_machine", {"machine": name_of(command.machine)}
        case _:
            kind, body = type(command).__name__.lower(), {}
    return CommandRecord(number, command.at_s, kind, body)


def command_of(record: CommandRecord) -> Command:
    """The command that was written down; raises ValueError, KeyError or pydantic.ValidationError for another's."""
    at_s, body = record.at_s, record.body
    if record.kind in PLAIN:
        return PLAIN[record.kind](at_s)
    if record.kind == "cancel_batch":
        return CancelBatch(at_s, body["batch_id"])
    if record.kind != "add_batch":
        return _of_machine(record)
    keys = {key_of(name): fields for name, fields in body["parameters"].items()}
    own = {key: checked(key, fields) for key, fields in keys.items()}
    return AddBatch(at_s, body["batch_id"], own, body["recipe"])


def _of_machine(record: CommandRecord) -> Command:
    at_s, key = record.at_s, key_of(record.body["machine"])
    match record.kind:
        case "set_parameters":
            return SetParameters(at_s, key, checked(key, record.body["parameters"]))
        case "stop_machine":
            return StopMachine(at_s, key, record.body["reason"])
        case "start_machine":
            return StartMachine(at_s, key)
    raise ValueError(f"there is no command {record.kind!r}")


def _addition(command: AddBatch) -> dict[str, Any]:
    return {"batch_id": command.batch_id, "parameters": blocks(command.parameters), "recipe": command.recipe}


def event_of(
    event: PlantEvent, start_s: float, progress: float | None, draws_w: tuple[float | None, float | None]
) -> NewEvent:
    """As the log takes it; times are the plant's, `draws_w` the machine's power from now on: all, the batch's."""
    _, time_s, kind, machine, batch_id, units, detail = event
    data = {
        "simulated_s": start_s + time_s,
        "machine": None if machine is None else name_of(machine),
        "batch_id": batch_id,
        "units": units,
        "power_w": draws_w[0],
        "batch_power_w": draws_w[1],
        "progress": progress,
        "detail": _detail(detail),
    }
    return NewEvent(TOPIC, subject_of(batch_id, machine), str(kind), data)


def entry_of(event: Event, position: Position) -> PlantEntry:
    """As the API tells it."""
    data = event.data
    machine = data.get("machine")
    return PlantEntry(
        sequence=event.seq,
        at=event.at,
        simulated_s=data.get("simulated_s", 0.0),
        kind=event.kind,
        machine=None if machine is None else key_of(machine),
        batch_id=data.get("batch_id"),
        progress=data.get("progress"),
        detail=data.get("detail") or {},
        position=Position(position.log_id, {**position.seqs, event.topic: event.seq}),
    )


def result_of(outcome: Outcome, time_s: float) -> dict[str, Any]:
    """The fields of a StepResult; a figure that is no number is None."""
    left_kg, lost_kg = outcome.material.solid_kg, sum(outcome.scrap_kg.values())
    return {
        "finished_s": time_s,
        "duration_s": outcome.duration_s,
        "energy_kwh": _number(outcome.energy_j / JOULE_PER_KWH),
        "yield_share": left_kg / (left_kg + lost_kg) if left_kg + lost_kg > 0 else 1.0,
        "cells": outcome.material.count,
        "scrap_kg": {cause: _number(kg) for cause, kg in outcome.scrap_kg.items()},
        "flags": list(outcome.flags),
        "readings": {name: _number(value) for name, value in outcome.readings.items()},
    }


def _detail(detail: object) -> dict[str, Any]:
    match detail:
        case None:
            return {}
        case Outcome():
            result = result_of(detail, 0.0)
            return {name: result[name] for name in ("duration_s", "energy_kwh", "yield_share", "scrap_kg", "flags")}
        case Loss():
            scrap_kg = {name_of(key): _number(kg) for key, kg in detail.scrap_kg.items()}
            return {"cause": detail.cause, "reason": detail.reason, "scrap_kg": scrap_kg}
        case Stopped():
            return {"cause": "stopped", "reason": detail.reason}
    return {"parameters": dumped(detail)}


def _number(value: float) -> float | None:
    return value if isfinite(value) else None

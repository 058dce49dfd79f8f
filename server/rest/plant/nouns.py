"""The plant's nouns as this wire tells them: words in lower case, machines as `anode/mixing`, times in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from clients.plant.models import MachineFigures, MachineKey, PlantFigures
from clients.plant.parameters import MixingParameters, Parameters
from clients.plant.spelling import CALENDARING, machine_name, stage_name
from schema.ports import BatchProgress, BatchView, MachineView, PlantEntry, PlantView, StepView
from schema.scalars import write_cursor
from server.rest.plant.names import BLOCKS

Told = dict[str, Any]
TOPIC = "plant"


def parameters_told(parameters: Parameters) -> Told:
    """As they are sent: a mixer's ratios nested."""
    if isinstance(parameters, MixingParameters):
        return {"material_ratios": parameters.material_ratios}
    return parameters.model_dump()


def machine_told(view: MachineView) -> Told:
    """One machine, with what it is set to and what it does."""
    return {
        "line": view.key.line,
        "machine": stage_name(view.key.stage),
        "state": view.state.lower(),
        "parameters": parameters_told(view.parameters),
        "current_batch_id": view.current_batch_id,
        "batch_ids": view.batch_ids,
        "progress": view.progress,
        "power_w": view.power_w,
        "stopped_because": view.stopped_because,
        "energy_kwh": view.figures.energy_kwh,
        "figures": _machine_figures(view.figures),
    }


def batch_told(view: BatchView) -> Told:
    """One batch, with its sixteen steps and the parameters of its own."""
    return {
        "id": view.id,
        "recipe": view.recipe,
        "state": view.state.lower(),
        "progress": view.progress,
        "queued_at": view.queued_at,
        "queued_s": view.queued_s,
        "started_at": view.started_at,
        "started_s": view.started_s,
        "finished_at": view.finished_at,
        "finished_s": view.finished_s,
        "reason": view.reason,
        "energy_kwh": view.energy_kwh,
        "cells": view.cells,
        "cells_kwh": view.cells_kwh,
        "parameters": {BLOCKS[key]: parameters_told(own) for key, own in view.parameters.items()},
        "steps": [_step(step) for step in view.steps],
    }


def plant_told(view: PlantView) -> Told:
    """The plant as a whole; `cursor` and `sequence` say where in the log this is."""
    return {
        "state": view.state.lower(),
        "reason": view.reason,
        "run": view.run,
        "seed": view.seed,
        "simulated_s": view.simulated_s,
        "speed": str(view.speed),
        "queue": view.queue,
        "running": view.running,
        "sequence": view.position.seqs.get(TOPIC, 0),
        "cursor": write_cursor(view.position),
    }


def figures_told(figures: PlantFigures) -> Told:
    """The key figures, without those of the machines, which stand with each."""
    return {
        **{name: value for name, value in asdict(figures).items() if name not in ("machines", "bottleneck")},
        "bottleneck": _machine(figures.bottleneck),
        "energy_kwh": figures.energy_kwh,
        "scrap_kg": figures.scrap_kg,
    }


def entry_told(entry: PlantEntry) -> Told:
    """One transition: the envelope of the socket, and an entry of the log."""
    return {
        "sequence": entry.sequence,
        "cursor": write_cursor(entry.position),
        "at": entry.at,
        "simulated_s": entry.simulated_s,
        "kind": entry.kind,
        "batch_id": entry.batch_id,
        "machine": _machine(entry.machine),
        "progress": entry.progress,
        "detail": _detail(entry.detail),
    }


def sample_told(sample: BatchProgress) -> Told:
    """The envelope of a sample between two transitions; `sequence` and `cursor` are of the one before it."""
    return {
        "sequence": sample.position.seqs.get(TOPIC, 0),
        "cursor": write_cursor(sample.position),
        "at": None,
        "simulated_s": sample.simulated_s,
        "kind": "progress",
        "batch_id": sample.batch_id,
        "machine": None,
        "progress": sample.progress,
        "detail": {},
    }


def status_told(view: PlantView, sequence: int, cursor: str) -> Told:
    """The envelope that a socket begins with: the plant now, and the place that it is followed from."""
    return {
        "sequence": sequence,
        "cursor": cursor,
        "at": None,
        "simulated_s": view.simulated_s,
        "kind": "status",
        "batch_id": None,
        "machine": None,
        "progress": None,
        "detail": {
            "state": view.state.lower(),
            "speed": str(view.speed),
            "queue": view.queue,
            "running": view.running,
            "machines": {machine_name(machine.key): machine.state.lower() for machine in view.machines},
        },
    }


def _detail(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    scrap_kg = detail.get("scrap_kg")
    if not isinstance(scrap_kg, dict):
        return detail
    return {
        **detail,
        "scrap_kg": {place.replace("/calendering", f"/{CALENDARING}"): kg for place, kg in scrap_kg.items()},
    }


def _machine(key: MachineKey | None) -> str | None:
    return None if key is None else machine_name(key)


def _machine_figures(figures: MachineFigures) -> Told:
    told = {**asdict(figures), "oee": figures.oee}
    del told["machine"]
    return told


def _step(step: StepView) -> Told:
    return {
        "machine": machine_name(step.machine),
        "state": step.state.lower(),
        "progress": step.progress,
        "result": None if step.result is None else _result(step),
    }


def _result(step: StepView) -> Told:
    assert step.result is not None  # noqa: S101 (the caller looked)
    return asdict(step.result)

"""JSON of the plant's REST face and socket, read as our nouns; how machines are spelt there is in `spelling.py`.

Every reader raises PlantProtocolError for what the contract does not say; further fields are let be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from clients.plant.answers import (
    Batch,
    BatchPage,
    Health,
    LogPage,
    Machine,
    ParametersChange,
    Place,
    PlantStatus,
    Progress,
    Started,
    Step,
    StepResult,
    Transition,
)
from clients.plant.exceptions import PlantProtocolError
from clients.plant.fields import Fields
from clients.plant.models import LeadTime, MachineFigures, MachineKey, PlantFigures
from clients.plant.parameters import PARAMETERS, Parameters
from clients.plant.spelling import BY_BLOCK, BY_NAME, machine_name, our_place

STATUS, PROGRESS, ERROR = "status", "progress", "error"
"""The kinds of message that are no transition."""


# --- the plant ---------------------------------------------------------------------------------------------


def started(told: object) -> Started:
    """The answer to a new batch."""
    fields = Fields(told, "a started batch")
    return Started(fields.text("batch_id"), fields.text("status"), fields.text("message"))


def status(told: object) -> PlantStatus:
    """The whole plant."""
    fields = Fields(told, "the plant's status")
    by_line = fields.inner("machines")
    machines = [machine(each) for line in by_line.told for each in by_line.inner(line).told.values()]
    return PlantStatus(
        state=fields.text("state"),
        reason=fields.text_or_none("reason"),
        run=fields.count("run"),
        seed=fields.count("seed"),
        simulated_s=fields.number("simulated_s"),
        speed=fields.text("speed"),
        queue=fields.texts("queue"),
        running=fields.texts("running"),
        sequence=fields.count("sequence"),
        cursor=fields.text("cursor"),
        batches=batches(told),
        machines={each.key: each for each in machines},
        figures=_figures(fields.inner("figures"), tuple(each.figures for each in machines)),
    )


def batches(told: object) -> BatchPage:
    """The page of batches that a status has."""
    fields = Fields(told, "the plant's status")
    return BatchPage(tuple(_batch(each) for each in fields.items("batches")), fields.text_or_none("next"))


def machine(told: object) -> Machine:
    """One machine."""
    fields = Fields(told, "a machine")
    key = _key(fields)
    return Machine(
        key=key,
        state=fields.text("state"),
        parameters=_parameters(key, fields.mapping("parameters")),
        current_batch_id=fields.text_or_none("current_batch_id"),
        batch_ids=fields.texts("batch_ids"),
        progress=fields.number_or_none("progress"),
        power_w=fields.number("power_w"),
        figures=_machine_figures(key, fields.inner("figures")),
        stopped_because=fields.text_or_none("stopped_because"),
    )


def change(told: object) -> ParametersChange:
    """The answer to new parameters."""
    fields = Fields(told, "a change of parameters")
    key = _key(fields)
    parameters = _parameters(key, fields.mapping("parameters"))
    return ParametersChange(key, parameters, fields.text("applies"), fields.text("message"))


def health(told: object) -> Health:
    """Also what a 503 has."""
    fields = Fields(told, "the plant's health")
    reasons = Fields(fields.told.get("reasons", {}), "the reasons of bad health")
    by_name = {name: reasons.text(name) for name in reasons.told}
    return Health(fields.text("status") == "healthy", fields.text("database"), fields.text("plant"), by_name)


# --- what happens ------------------------------------------------------------------------------------------


def log(told: object) -> LogPage:
    """A page of the log."""
    fields = Fields(told, "the log")
    return LogPage(tuple(transition(each) for each in fields.items("logs")), fields.text("cursor"))


def envelope(told: object) -> Transition | Progress | Place:
    """A message of the socket, other than an error."""
    fields = Fields(told, "a message")
    kind = fields.text("kind")
    if kind == STATUS:
        return Place(fields.count("sequence"), fields.text("cursor"))
    if kind != PROGRESS:
        return transition(told)
    return Progress(
        fields.count("sequence"),
        fields.text("cursor"),
        fields.number("simulated_s"),
        fields.text("batch_id"),
        fields.number("progress"),
    )


def transition(told: object) -> Transition:
    """An entry of the log."""
    fields = Fields(told, "a transition")
    return Transition(
        sequence=fields.count("sequence"),
        cursor=fields.text("cursor"),
        at=fields.moment("at"),
        simulated_s=fields.number("simulated_s"),
        kind=fields.text("kind"),
        batch_id=fields.text_or_none("batch_id"),
        machine=None if fields.text_or_none("machine") is None else _named(fields.text("machine")),
        progress=fields.number_or_none("progress"),
        detail=_detail(fields.mapping("detail")),
    )


# --- their parts -------------------------------------------------------------------------------------------


def _named(name: str) -> MachineKey:
    if name not in BY_NAME:
        raise PlantProtocolError(f"the server told of {name[:100]!r}, which is none of the sixteen machines")
    return BY_NAME[name]


def _key(fields: Fields) -> MachineKey:
    return _named(f"{fields.text('line')}/{fields.text('machine')}")


def _parameters(key: MachineKey, told: Mapping[str, Any]) -> Parameters:
    try:
        return PARAMETERS[key.stage].model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]["msg"]
        raise PlantProtocolError(f"the server told parameters of {machine_name(key)} that are none: {first}") from None


def _detail(told: Mapping[str, Any]) -> Mapping[str, Any]:
    scrap_kg = told.get("scrap_kg")
    if not isinstance(scrap_kg, dict):
        return told
    return {**told, "scrap_kg": {our_place(name): kg for name, kg in scrap_kg.items()}}


def _batch(told: object) -> Batch:
    fields = Fields(told, "a batch")
    return Batch(
        id=fields.text("id"),
        recipe=fields.text_or_none("recipe"),
        state=fields.text("state"),
        progress=fields.number("progress"),
        queued_at=fields.moment("queued_at"),
        queued_s=fields.number("queued_s"),
        started_at=fields.moment_or_none("started_at"),
        started_s=fields.number_or_none("started_s"),
        finished_at=fields.moment_or_none("finished_at"),
        finished_s=fields.number_or_none("finished_s"),
        reason=fields.text_or_none("reason"),
        energy_kwh=fields.number("energy_kwh"),
        cells=fields.count("cells"),
        cells_kwh=fields.number("cells_kwh"),
        parameters=_blocks(fields.inner("parameters")),
        steps=tuple(_step(each) for each in fields.items("steps")),
    )


def _blocks(fields: Fields) -> dict[MachineKey, Parameters]:
    keys = {name: BY_BLOCK.get(name) or fields.wrong(name, "a machine's block") for name in fields.told}
    return {key: _parameters(key, fields.mapping(name)) for name, key in keys.items()}


def _step(told: object) -> Step:
    fields = Fields(told, "a step")
    result = None if fields.told.get("result") is None else _result(fields.inner("result"))
    return Step(_named(fields.text("machine")), fields.text("state"), fields.number("progress"), result)


def _result(fields: Fields) -> StepResult:
    return StepResult(
        finished_s=fields.number("finished_s"),
        duration_s=fields.number("duration_s"),
        energy_kwh=fields.number_or_none("energy_kwh"),
        yield_share=fields.number_or_none("yield_share"),
        cells=fields.count("cells"),
        scrap_kg=fields.numbers_or_none("scrap_kg"),
        flags=fields.texts("flags"),
        readings=fields.numbers_or_none("readings"),
    )


def _machine_figures(key: MachineKey, fields: Fields) -> MachineFigures:
    return MachineFigures(
        machine=key,
        batches=fields.count("batches"),
        working=fields.number("working"),
        blocked=fields.number("blocked"),
        starved=fields.number("starved"),
        down=fields.number("down"),
        setup=fields.number("setup"),
        availability=fields.number("availability"),
        performance=fields.number("performance"),
        quality=fields.number("quality"),
        scrap_kg=fields.numbers("scrap_kg"),
        energy_kwh=fields.number("energy_kwh"),
    )


def _lead_time(fields: Fields) -> LeadTime:
    return LeadTime(fields.number("mean_s"), fields.number("median_s"), fields.number("p95_s"))


def _figures(fields: Fields, machines: tuple[MachineFigures, ...]) -> PlantFigures:
    bottleneck = fields.text_or_none("bottleneck")
    return PlantFigures(
        simulated_s=fields.number("simulated_s"),
        batches=fields.counts("batches"),
        cells=fields.count("cells"),
        cells_kwh=fields.number("cells_kwh"),
        batches_per_h=fields.number("batches_per_h"),
        cells_per_h=fields.number("cells_per_h"),
        kwh_per_d=fields.number("kwh_per_d"),
        wip=fields.number("wip"),
        lead_time=None if fields.told.get("lead_time") is None else _lead_time(fields.inner("lead_time")),
        bottleneck=None if bottleneck is None else _named(bottleneck),
        oee=fields.number("oee"),
        rolled_yield=fields.number("rolled_yield"),
        dry_room_kwh=fields.number("dry_room_kwh"),
        building_kwh=fields.number("building_kwh"),
        kwh_per_kwh=fields.number_or_none("kwh_per_kwh"),
        machines=machines,
        since_s=fields.number("since_s"),
    )

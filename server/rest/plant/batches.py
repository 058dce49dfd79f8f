"""Starting batches: POST /start-simulation and POST /factory/start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from clients.plant.models import Line, MachineKey, Stage
from clients.plant.parameters import MixingParameters, problems
from clients.plant.parameters.problems import said, shown
from clients.plant.spelling import machine_name
from schema.ports import BatchView
from server.rest.answers import answer
from server.rest.bodies import read_json_object
from server.rest.plant.names import BLOCKS, MACHINES_BY_BLOCK
from server.rest.plant.refusals import entry, granted, invalid
from server.rest.plant.world import plant_of

MAX_BODY_BYTES = 1_000_000
MIXERS = {str(line): MachineKey(line, Stage.MIXING) for line in (Line.ANODE, Line.CATHODE)}


async def start_simulation(request: Request) -> Response:
    """POST /start-simulation: a batch with a mixture for each electrode, and an id of ours."""
    body = await read_json_object(request, MAX_BODY_BYTES)
    entries = [_unknown(name, body[name], "anode and cathode") for name in body if name not in MIXERS]
    for line in MIXERS:
        entries += _mixture(line, body)
    if entries:
        raise invalid(entries)
    parameters = {key: body[line] for line, key in MIXERS.items()}
    return _started(granted(await plant_of(request).add_batch(None, parameters), lambda key: str(key.line)))


async def start_batch(request: Request) -> Response:
    """POST /factory/start: a batch with the client's id; what its blocks leave out is as the machines have it now."""
    body = await read_json_object(request, MAX_BODY_BYTES)
    spelled = {name: MACHINES_BY_BLOCK[name] for name in body if name in MACHINES_BY_BLOCK}
    entries = [*_identity(body), *_recipe(body), *_blocks(body, spelled)]
    if entries:
        raise invalid(entries)
    blocks = {key: name for name, key in spelled.items()}
    parameters = {key: body[name] for key, name in blocks.items()}
    added = await plant_of(request).add_batch(body["id"], parameters, body.get("recipe"))
    return _started(granted(added, lambda key: blocks[key]))


def _mixture(line: str, body: Mapping[str, Any]) -> list[dict[str, object]]:
    """What is wrong with a line's ratios; all four have to be there."""
    if line not in body:
        return [entry(line, None, f"{line} is missing: give an object of AM, CA, PVDF and solvent")]
    try:
        MixingParameters.model_validate(body[line])
    except ValidationError as error:
        name = machine_name(MIXERS[line])
        return [
            entry(".".join(filter(None, (line, each.field))), each.value, f"{name}: {each.message}")
            for each in problems(error)
        ]
    return []


def _identity(body: Mapping[str, Any]) -> list[dict[str, object]]:
    if "id" not in body:
        return [entry("id", None, "id is missing: give the batch a text of your own that names it")]
    if not isinstance(body["id"], str):
        value = shown(body["id"])
        return [entry("id", value, f"id is {said(value)}: must be a text that names the batch")]
    return []


def _recipe(body: Mapping[str, Any]) -> list[dict[str, object]]:
    if isinstance(body.get("recipe", ""), str):
        return []
    value = shown(body["recipe"])
    return [entry("recipe", value, f"recipe is {said(value)}: must be a text that names the cell it is to become")]


def _blocks(body: Mapping[str, Any], spelled: Mapping[str, MachineKey]) -> list[dict[str, object]]:
    allowed = ", ".join(BLOCKS.values())
    known = {*spelled, "id", "recipe"}
    entries = [_unknown(name, body[name], f"id, recipe, {allowed}") for name in body if name not in known]
    twice = [name for name, key in spelled.items() if name != BLOCKS[key] and BLOCKS[key] in spelled]
    said = "{name} is the same block as {ours}: give one of them"
    return entries + [entry(name, None, said.format(name=name, ours=BLOCKS[spelled[name]])) for name in twice]


def _unknown(name: str, value: object, allowed: str) -> dict[str, object]:
    short, told = name[:100], shown(value)
    return entry(short, told, f"{short} is {said(told)}: there is no such block; the body may have {allowed}")


def _started(batch: BatchView) -> Response:
    message = f"batch {batch.id!r} is in the plant; follow it at /factory/status or /ws/status"
    return answer({"batch_id": batch.id, "status": batch.state.lower(), "message": message}, 202)

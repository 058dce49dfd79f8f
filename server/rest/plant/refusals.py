"""Which status and code each refusal of the plant has over HTTP: the one place for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

from clients.plant.models import MachineKey
from clients.plant.spelling import machine_name
from schema.plant import refusals
from schema.plant.refusals import InvalidParameter, InvalidParameters, PlantRefusal
from server.rest.answers import Refused

Noun = TypeVar("Noun")
Place = Callable[[MachineKey], str]
"""Where in the body a machine's parameters stood; "" for the body itself."""

STATUSES: dict[type[PlantRefusal], tuple[int, str]] = {
    refusals.InvalidParameters: (400, "INVALID_PARAMETERS"),
    refusals.MachineNotFound: (404, "MACHINE_NOT_FOUND"),
    refusals.BatchNotFound: (404, "BATCH_NOT_FOUND"),
    refusals.BatchIdTaken: (409, "BATCH_ID_TAKEN"),
    refusals.BatchAlreadyFinished: (409, "BATCH_ALREADY_FINISHED"),
    refusals.QueueFull: (429, "QUEUE_FULL"),
    refusals.PlantBusy: (503, "PLANT_BUSY"),
    refusals.StorageFull: (507, "INSUFFICIENT_STORAGE"),
}


def refused(refusal: PlantRefusal, place: Place = lambda _: "") -> Refused:
    """The refusal as an error; of parameters, `detail` has one entry for each field, as the body spells it."""
    status, code = STATUSES[type(refusal)]
    if not isinstance(refusal, InvalidParameters):
        return Refused(status, refusal.message, code=code)
    entries = [_entry(field, place) for field in refusal.fields]
    return invalid(entries) if entries else Refused(status, refusal.message, code=code)


def invalid(entries: list[dict[str, object]]) -> Refused:
    """400 for these fields, each with `field`, `value` and a `message` that names the field, value, range and unit."""
    more = f" (and {len(entries) - 1} more, see detail)" if len(entries) > 1 else ""
    return Refused(400, f"{entries[0]['message']}{more}", {"fields": entries}, code="INVALID_PARAMETERS")


def entry(field: str, value: object, message: str) -> dict[str, object]:
    """One field that was refused."""
    return {"field": field, "value": value, "message": message}


def granted(outcome: Noun | PlantRefusal, place: Place = lambda _: "") -> Noun:
    """What was asked for; raises Refused when the plant said no."""
    if isinstance(outcome, PlantRefusal):
        raise refused(outcome, place)
    return outcome


def _entry(field: InvalidParameter, place: Place) -> dict[str, object]:
    key = field.machine
    path = field.field if key is None else ".".join(filter(None, (place(key), field.field)))
    said = field.message
    if key is not None:
        said = said.replace(f"{key.line}/{key.stage}:", f"{machine_name(key)}:", 1)
    return entry(path, None if field.value is None else json.loads(field.value), said)

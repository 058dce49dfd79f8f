"""From what the plant answers to what the graph shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from schema.plant.parameters import GRAPH_NAMES, respelled
from schema.plant.refusals import InvalidParameter, InvalidParameters, PlantBusy, PlantRefusal, StorageFull

Noun = TypeVar("Noun")

ALWAYS = PlantBusy | StorageFull
"""What any command may be refused for."""


def shown(answer: Noun | PlantRefusal, of: Callable[[Noun], object]) -> Any:  # noqa: ANN401 (a member of the union)
    """The noun as the graph has it; a refusal in the graph's words."""
    if isinstance(answer, InvalidParameters):
        return _in_graph(answer)
    return answer if isinstance(answer, PlantRefusal) else of(answer)


def refused(field: str, value: str | None, message: str) -> InvalidParameters:
    """The refusal of an argument, before the plant is asked."""
    entry = InvalidParameter(machine=None, field=field, value=value, message=message)
    return InvalidParameters(message=message, fields=[entry])


def _in_graph(refusal: InvalidParameters) -> InvalidParameters:
    """With the graph's names: `coating_speed` is `coatingSpeedMPerS` there, and a sum is the whole block's."""
    entries, first = [_entry(each) for each in refusal.fields], refusal.fields[0]
    message = refusal.message.replace(first.message, entries[0].message)
    return InvalidParameters(message=message, fields=entries)


def _entry(entry: InvalidParameter) -> InvalidParameter:
    if entry.machine is None and entry.field == "recipe":
        return entry
    if entry.machine is None:
        return InvalidParameter(
            machine=None, field="batchId", value=entry.value, message=entry.message.replace("id is", "batchId is", 1)
        )
    stage = entry.machine.stage
    return InvalidParameter(
        machine=entry.machine,
        field=GRAPH_NAMES[stage].get(entry.field, ""),
        value=entry.value,
        message=respelled(entry.message, stage),
    )

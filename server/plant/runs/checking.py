"""What somebody sent, made into a command or refused."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import ValidationError

from clients.plant.models import MACHINES, MachineKey
from clients.plant.parameters import Parameters, Problem, problems
from schema.plant.refusals import InvalidParameter, InvalidParameters, MachineNotFound, PlantRefusal
from schema.ports.plant import Changes
from server.plant.commands import Answer, Command, StartMachine, StopMachine
from server.plant.runs.limits import Limits
from server.plant.runs.orders import Make
from server.plant.runs.run import Run
from server.plant.runs.wording import name_of

LONGEST_REASON = 200
"""Characters of why a machine stands: a sentence with names of others' in it."""


def no_machine(key: MachineKey) -> MachineNotFound | None:
    """The refusal of a machine that there is not."""
    if key in MACHINES:
        return None
    here = ", ".join(each.stage for each in MACHINES if each.line is key.line)
    return MachineNotFound(message=f"there is no {key.stage} on the {key.line} line; it has {here}")


def switching(key: MachineKey, reason: str | None) -> Make:
    """Stop the machine for that reason, or with None start it, where it is not so already."""

    async def make(run: Run) -> Command | Answer | PlantRefusal:
        return _switched(run, key, reason)

    return make


def _switched(run: Run, key: MachineKey, reason: str | None) -> Command | Answer | PlantRefusal:
    refusal = no_machine(key) or (None if reason is None else bad_name("reason", reason, LONGEST_REASON))
    if refusal is not None:
        return refusal
    if (run.simulation.machine(key).stopped_because is None) is (reason is None):
        return Answer(f"{name_of(key)} is {'running' if reason is None else 'stopped'} already")
    at_s = run.simulation.now_s
    return StartMachine(at_s, key) if reason is None else StopMachine(at_s, key, reason)


def misnamed(batch_id: str, recipe: str, limits: Limits) -> InvalidParameters | None:
    """The refusal of a batch that cannot be called so, or become that."""
    longest = limits.max_id_characters
    return bad_name("id", batch_id, longest) or bad_name("recipe", recipe, longest)


def bad_name(field: str, name: str, longest: int) -> InvalidParameters | None:
    """The refusal of an id, a recipe or a reason that cannot be shown, or is too long."""
    if 0 < len(name) <= longest and name.isprintable() and name == name.strip():
        return None
    message = f"{field} is {name[:longest]!r}: give 1 to {longest} characters that can be shown, without outer blanks"
    shown = json.dumps(name[:longest])
    return InvalidParameters(
        message=message, fields=[InvalidParameter(machine=None, field=field, value=shown, message=message)]
    )


def changed(run: Run, given: Mapping[MachineKey, Changes]) -> dict[MachineKey, Parameters] | InvalidParameters:
    """What each machine is set to now, with the changes; all of it is checked before anything is done."""
    made: dict[MachineKey, Parameters] = {}
    found: list[InvalidParameter] = []
    for key, changes in given.items():
        now = run.simulation.machine(key).parameters
        assert isinstance(now, Parameters)  # noqa: S101 (a run is built from such only)
        try:
            made[key] = now.changed(changes)
        except ValidationError as error:
            found += [_entry(key, problem) for problem in problems(error)]
    return _refused(found) if found else made


def _entry(key: MachineKey, problem: Problem) -> InvalidParameter:
    value = None if problem.value is None else json.dumps(problem.value)
    message = f"{name_of(key)}: {problem.message}"
    return InvalidParameter(machine=key, field=problem.field, value=value, message=message)


def _refused(found: list[InvalidParameter]) -> InvalidParameters:
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return InvalidParameters(message=f"{found[0].message}{more}", fields=found)

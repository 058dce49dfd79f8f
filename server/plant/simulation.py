"""The plant as one object: commands in, events out, one simulated clock in seconds. Nothing in here knows a wall clock.

A run is a pure function of (configuration, seed, steps, commands): `replay` of the same commands gives the same events
to the byte, whatever the pace, the process or its hash seed. A checkpoint is therefore the list of commands.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from math import inf, isfinite

from clients.plant.models import MACHINES, MachineKey
from server.plant.batch import Batch, BatchState
from server.plant.commands import (
    AddBatch,
    Answer,
    Applies,
    CancelBatch,
    Command,
    Pause,
    Refusal,
    Reset,
    Resume,
    SetParameters,
    StartMachine,
    StopMachine,
)
from server.plant.configuration import PlantConfiguration
from server.plant.events import EventKind, Listener, Teller
from server.plant.line import Floor
from server.plant.machine import Machine, Step

INDEX = {key: index for index, key in enumerate(MACHINES)}


class PlantSimulation:
    """Sixteen machines, the queue before them and what comes of it. Use it from one thread at a time."""

    def __init__(
        self,
        configuration: PlantConfiguration,
        seed: int,
        steps: Mapping[MachineKey, Step],
        listeners: Sequence[Listener] = (),
    ) -> None:
        self.configuration, self.seed = configuration, seed
        self.paused = False
        self._steps, self._teller = steps, Teller(listeners)
        self._batches: dict[str, Batch] = {}
        self._ended: deque[str] = deque()
        self._floor = self._build(0.0)

    def _build(self, start_s: float) -> Floor:
        return Floor(self.configuration, str(self.seed), self._steps, self._teller, self._remember, start_s)

    def _remember(self, batch: Batch) -> None:
        self._ended.append(batch.id)
        if len(self._ended) > self.configuration.remembered:
            del self._batches[self._ended.popleft()]

    @property
    def now_s(self) -> float:
        """Simulated seconds since the plant's start; never falls, not even at a reset."""
        return float(self._floor.env.now)

    @property
    def sequence(self) -> int:
        """Number of the newest event; 0 before the first."""
        return self._teller.sequence

    def next_event_time(self) -> float | None:
        """When something happens next; None while paused and when nothing will ever happen without a command."""
        peeked = self._floor.env.peek()
        return None if self.paused or peeked == inf else float(peeked)

    def run_until(self, time_s: float) -> None:
        """Let everything happen up to and including `time_s`. While paused, nothing happens and no time passes."""
        if not isfinite(time_s):
            raise ValueError(f"the clock cannot be set to {time_s} s; give a finite number of seconds")
        if not self.paused:
            self._floor.env.run_to(time_s)

    def step(self) -> bool:
        """Let everything happen that happens at the next event's time; False when there is none."""
        at_s = self.next_event_time()
        if at_s is None:
            return False
        self._floor.env.run_to(at_s)
        return True

    def run(self) -> None:
        """Let everything happen that will happen without further commands."""
        if not self.paused:
            self._floor.env.run_out()

    def apply(self, command: Command) -> Answer:
        """Run to the command's time, everything at that instant included, and do it. See commands for the meanings.

        Raises ValueError, and has done nothing, when the command lies in the past, in the future of a plant that is
        paused, or is to a machine that there is not. Whatever else it raises leaves the plant of no use.
        """
        _check_machines(command)
        self._reach(command.at_s)
        answer = self._do(command)
        self.run_until(self.now_s)
        return answer

    def _reach(self, at_s: float) -> None:
        if not isfinite(at_s) or at_s < self.now_s:
            raise ValueError(f"a command at {at_s} s cannot be done: the plant is at {self.now_s} s")
        if self.paused and at_s > self.now_s:
            raise ValueError(f"a command at {at_s} s cannot be done: the plant is paused at {self.now_s} s")
        self.run_until(at_s)

    def _do(self, command: Command) -> Answer:
        match command:
            case AddBatch():
                return self._add(command)
            case CancelBatch():
                return self._cancel(command.batch_id)
            case SetParameters():
                return self._set(command)
            case StopMachine() | StartMachine():
                return self._switch(command)
            case Pause() | Resume():
                return self._pause(wanted=isinstance(command, Pause))
            case Reset():
                return self._reset()

    def _add(self, command: AddBatch) -> Answer:
        batch_id, waiting, limit = command.batch_id, len(self._floor.queue), self.configuration.queue_limit
        if batch_id in self._batches:
            return Answer(f"there is a batch {batch_id} already; give another id", Refusal.DUPLICATE_BATCH)
        if waiting >= limit:
            return Answer(f"{waiting} batches wait already, which is the limit; come again", Refusal.QUEUE_FULL)
        own = {INDEX[key]: parameters for key, parameters in command.parameters.items()}
        batch = self._batches[batch_id] = Batch(batch_id, own, self.now_s, command.recipe)
        self._floor.add(batch)
        return Answer(f"batch {batch_id} is queued behind {waiting} others")

    def _cancel(self, batch_id: str) -> Answer:
        batch = self._batches.get(batch_id)
        if batch is None:
            return Answer(f"there is no batch {batch_id}", Refusal.UNKNOWN_BATCH)
        if batch.ended:
            return Answer(f"batch {batch_id} is {batch.state} already", Refusal.BATCH_ENDED)
        self._floor.end(batch, BatchState.CANCELLED, "cancelled")
        return Answer(f"batch {batch_id} is cancelled")

    def _set(self, command: SetParameters) -> Answer:
        machine = self.machine(command.machine)
        machine.parameters = command.parameters
        self._teller.tell(self.now_s, EventKind.PARAMETERS_CHANGED, command.machine, None, 1, command.parameters)
        if not machine.inside:
            return Answer("the machine is empty: the change holds from now on", applies=Applies.NOW)
        inside = ", ".join(batch.id for batch in machine.inside[:3])
        said = f"the change holds from the next batch that starts on the machine; {inside} goes on as before"
        return Answer(said, applies=Applies.NEXT_BATCH)

    def _switch(self, command: StopMachine | StartMachine) -> Answer:
        machine, name = self.machine(command.machine), f"{command.machine.line}/{command.machine.stage}"
        if isinstance(command, StartMachine):
            return Answer(f"{name} goes on" if machine.start() else f"{name} was not stopped")
        return Answer(f"{name} stands still" if machine.stop(command.reason) else f"{name} is stopped already")

    def _pause(self, *, wanted: bool) -> Answer:
        word = "paused" if wanted else "running"
        if self.paused is wanted:
            return Answer(f"the plant is {word} already")
        self.paused = wanted
        self._teller.tell(self.now_s, EventKind.PLANT_PAUSED if wanted else EventKind.PLANT_RESUMED)
        return Answer(f"the plant is {word}")

    def _reset(self) -> Answer:
        for batch in [batch for batch in self._batches.values() if not batch.ended]:
            self._floor.end(batch, BatchState.CANCELLED, "reset")
        self.paused = False
        self._teller.tell(self.now_s, EventKind.PLANT_RESET)
        stopped, self._floor = self.stopped(), self._build(self.now_s)
        for key, reason in stopped.items():
            self.machine(key).stop(reason)
        return Answer("the plant is empty, and its machines are as configured")

    def stopped(self) -> dict[MachineKey, str]:
        """The machines that were stopped, each with the reason."""
        reasons = {key: self.machine(key).stopped_because for key in MACHINES}
        return {key: reason for key, reason in reasons.items() if reason is not None}

    def machine(self, key: MachineKey) -> Machine:
        """One machine as it stands; look, do not touch."""
        return self._floor.machines[INDEX[key]]

    def batch(self, batch_id: str) -> Batch | None:
        """One batch as it stands, for as long as it is remembered; look, do not touch."""
        return self._batches.get(batch_id)

    def batches(self) -> list[Batch]:
        """All batches that are in the plant or remembered, in the order of their coming."""
        return list(self._batches.values())

    def queue(self) -> list[Batch]:
        """The batches that wait for the mixers, next one first."""
        return list(self._floor.queue)

    def progress(self, batch_id: str) -> float | None:
        """A batch's progress at the present time, from 0 to 1; None for one that is not known."""
        batch = self._batches.get(batch_id)
        return None if batch is None else batch.progress(self.now_s)


def _check_machines(command: Command) -> None:
    named: Iterable[MachineKey] = ()
    if isinstance(command, AddBatch):
        named = command.parameters
    elif isinstance(command, SetParameters | StopMachine | StartMachine):
        named = (command.machine,)
    wrong = next((key for key in named if key not in INDEX), None)
    if wrong is not None:
        raise ValueError(f"there is no machine {wrong!r}; there are {len(MACHINES)}, listed in MACHINES")


def replay(simulation: PlantSimulation, commands: Iterable[Command], until_s: float | None = None) -> list[Answer]:
    """Apply the commands in order to a fresh plant, and run to `until_s`, or to the end when there is none."""
    answers = [simulation.apply(command) for command in commands]
    if until_s is None:
        simulation.run()
    else:
        simulation.run_until(until_s)
    return answers

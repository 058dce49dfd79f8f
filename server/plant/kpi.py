"""Key figures, counted from the plant's events and from nothing else."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from math import prod

from clients.plant.models import MACHINES, MachineKey, Stage
from server.plant.energy import BUILDING_SHARE, JOULE_PER_KWH, dry_room_j
from server.plant.events import EventKind, Loss, PlantEvent
from server.plant.kpi_figures import LeadTime, MachineFigures, PlantFigures
from server.plant.outcome import Outcome

TAKES: Mapping[EventKind, str] = {
    EventKind.MACHINE_SETUP: "setup",
    EventKind.MACHINE_WORKING: "working",
    EventKind.MACHINE_DOWN: "down",
    EventKind.MACHINE_BLOCKED: "blocked",
}
LEAVES = (EventKind.STEP_FINISHED, EventKind.MACHINE_RELEASED)
ENDINGS = (
    EventKind.BATCH_COMPLETED,
    EventKind.BATCH_CANCELLED,
    EventKind.BATCH_SCRAPPED,
    EventKind.BATCH_FAILED,
)
REMEMBERED_LEAD_TIMES = 10_000


class _Books:
    """Of one machine: place-seconds by state, mass, energy."""

    __slots__ = ("batches", "energy_j", "inside", "left_kg", "scrap_kg", "spent_s", "worked_s")

    def __init__(self) -> None:
        self.inside: dict[str, tuple[str, int, float]] = {}
        self.spent_s = dict.fromkeys(TAKES.values(), 0.0)
        self.scrap_kg: dict[str, float] = {}
        self.left_kg = self.energy_j = self.worked_s = 0.0
        self.batches = 0

    def turn(self, batch_id: str, state: str | None, units: int, now_s: float) -> None:
        """The batch's places are in that state from now on; None when it leaves."""
        before = self.inside.pop(batch_id, None)
        if before is not None:
            self.spent_s[before[0]] += before[1] * (now_s - before[2])
        if state is not None:
            self.inside[batch_id] = (state, units, now_s)

    def finish(self, outcome: Outcome) -> None:
        """A step is done."""
        self.batches += 1
        self.worked_s += outcome.duration_s
        self.left_kg += outcome.material.solid_kg
        self.energy_j += outcome.energy_j
        for cause, scrap_kg in outcome.scrap_kg.items():
            self.scrap_kg[cause] = self.scrap_kg.get(cause, 0.0) + scrap_kg

    def until(self, now_s: float) -> dict[str, float]:
        """Place-seconds by state, with what still goes on."""
        spent_s = dict(self.spent_s)
        for state, units, since_s in self.inside.values():
            spent_s[state] += units * (now_s - since_s)
        return spent_s


class Kpis:
    """Listens to a plant. `places` tells how many batches' units each machine holds: its `units`."""

    def __init__(self, places: Mapping[MachineKey, int]) -> None:
        self._places = places
        self._books = {key: _Books() for key in MACHINES}
        self._winder = next(key for key in MACHINES if key.stage is Stage.REWINDING)
        self._batches: Counter[str] = Counter()
        self._started_s: dict[str, float] = {}
        self._lead_s: deque[float] = deque(maxlen=REMEMBERED_LEAD_TIMES)
        self._wip_s = 0.0
        self._cells, self._cells_kwh = 0, 0.0

    def take(self, event: PlantEvent) -> None:
        """Count one event; they come in their order, from the first."""
        _, now_s, kind, machine, batch_id, units, detail = event
        if machine is None:
            self._of_batch(kind, batch_id, now_s, detail)
        elif batch_id is not None:
            books = self._books[machine]
            books.turn(batch_id, TAKES.get(kind), units, now_s)
            if isinstance(detail, Outcome):
                books.finish(detail)
                if machine.stage is Stage.AGING:
                    self._cells += detail.material.count
                    self._cells_kwh += detail.material.count * detail.material.cells.energy_kwh

    def _of_batch(self, kind: EventKind, batch_id: str | None, now_s: float, detail: object) -> None:
        if kind is EventKind.PLANT_RESET:
            for books in self._books.values():
                for inside in list(books.inside):
                    books.turn(inside, None, 1, now_s)
        if batch_id is None:
            return
        self._batches[kind.removeprefix("batch_")] += 1
        if kind is EventKind.BATCH_STARTED:
            self._started_s[batch_id] = now_s
        elif kind in ENDINGS:
            self._end(kind, now_s - self._started_s.pop(batch_id, now_s))
            if isinstance(detail, Loss):
                self._lose(detail)

    def _end(self, kind: EventKind, inside_s: float) -> None:
        self._wip_s += inside_s
        if kind is EventKind.BATCH_COMPLETED:
            self._lead_s.append(inside_s)

    def _lose(self, loss: Loss) -> None:
        for machine, scrap_kg in loss.scrap_kg.items():
            causes = self._books[machine].scrap_kg
            causes[loss.cause] = causes.get(loss.cause, 0.0) + scrap_kg
        for machine, energy_j in loss.energy_j.items():
            self._books[machine].energy_j += energy_j

    def figures(self, now_s: float) -> PlantFigures:
        """The figures from the beginning to `now_s`, which is not before the newest event."""
        machines = tuple(self._machine(key, now_s) for key in MACHINES)
        bottleneck = max(machines, key=lambda machine: machine.busy)
        machine_j = sum(books.energy_j for books in self._books.values())
        dry_j = dry_room_j(self._books[self._winder].worked_s)
        building_j = BUILDING_SHARE * (machine_j + dry_j)
        hours = now_s / 3600
        return PlantFigures(
            simulated_s=now_s,
            batches=dict(self._batches),
            cells=self._cells,
            cells_kwh=self._cells_kwh,
            batches_per_h=_per(self._batches["completed"], hours),
            cells_per_h=_per(self._cells, hours),
            kwh_per_d=_per(self._cells_kwh, hours / 24),
            wip=_per(self._wip_s + sum(now_s - since_s for since_s in self._started_s.values()), now_s),
            lead_time=self._lead_time(),
            bottleneck=bottleneck.machine if bottleneck.busy > 0 else None,
            oee=bottleneck.oee,
            rolled_yield=prod(machine.quality for machine in machines),
            dry_room_kwh=dry_j / JOULE_PER_KWH,
            building_kwh=building_j / JOULE_PER_KWH,
            kwh_per_kwh=(machine_j + dry_j + building_j) / JOULE_PER_KWH / self._cells_kwh if self._cells_kwh else None,
            machines=machines,
        )

    def _machine(self, key: MachineKey, now_s: float) -> MachineFigures:
        books = self._books[key]
        spent_s, all_s = books.until(now_s), now_s * self._places[key]
        setup, working, down, blocked = (
            _per(spent_s[state], all_s) for state in ("setup", "working", "down", "blocked")
        )
        available = 1 - down - setup
        came_kg = books.left_kg + sum(books.scrap_kg.values())
        return MachineFigures(
            machine=key,
            batches=books.batches,
            working=working,
            blocked=blocked,
            starved=max(0.0, available - working - blocked),
            down=down,
            setup=setup,
            availability=available,
            performance=_per(working, available),
            quality=books.left_kg / came_kg if came_kg > 0 else 1.0,
            scrap_kg=dict(books.scrap_kg),
            energy_kwh=books.energy_j / JOULE_PER_KWH,
        )

    def _lead_time(self) -> LeadTime | None:
        ordered = sorted(self._lead_s)
        if not ordered:
            return None
        last = len(ordered) - 1
        return LeadTime(sum(ordered) / len(ordered), ordered[last // 2], ordered[round(0.95 * last)])


def _per(amount: float, of: float) -> float:
    return amount / of if of > 0 else 0.0

"""Key figures, counted from the plant's events and from nothing else."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping

from clients.plant.models import MACHINES, MachineFigures, MachineKey, PlantFigures, Stage
from server.plant.books import Books
from server.plant.events import EventKind, Loss, PlantEvent, Stopped
from server.plant.kpi_figures import figures_of, machine_figures
from server.plant.outcome import Outcome
from server.plant.totals import NOTHING, STATES, MachineTotals, PlantTotals

TAKES: Mapping[EventKind, int] = {EventKind(f"machine_{state}"): place for place, state in enumerate(STATES)}
ENDINGS = (
    EventKind.BATCH_COMPLETED,
    EventKind.BATCH_CANCELLED,
    EventKind.BATCH_SCRAPPED,
    EventKind.BATCH_FAILED,
)
REMEMBERED_LEAD_TIMES = 10_000


class Kpis:
    """Listens to a plant. `places` tells how many batches' units each machine holds: its `units`."""

    def __init__(self, places: Mapping[MachineKey, int]) -> None:
        self._places = places
        self._books = {key: Books() for key in MACHINES}
        self._batches: Counter[str] = Counter()
        self._started_s: dict[str, float] = {}
        self._lead_s: deque[tuple[float, float]] = deque(maxlen=REMEMBERED_LEAD_TIMES)
        self._wip_s, self._wip_at_s = 0.0, 0.0
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
        elif isinstance(detail, Stopped):
            self._books[machine].stop(self._places[machine], now_s)
        elif kind is EventKind.MACHINE_STARTED:
            self._books[machine].start(now_s)

    def _of_batch(self, kind: EventKind, batch_id: str | None, now_s: float, detail: object) -> None:
        if kind is EventKind.PLANT_RESET:
            for books in self._books.values():
                books.clear(now_s)
        if batch_id is None:
            return
        self._batches[kind.removeprefix("batch_")] += 1
        if kind is EventKind.BATCH_STARTED:
            self._pass(now_s)
            self._started_s[batch_id] = now_s
        elif kind in ENDINGS:
            self._end(kind, batch_id, now_s)
            if isinstance(detail, Loss):
                self._lose(detail)

    def _pass(self, now_s: float) -> None:
        self._wip_s += len(self._started_s) * (now_s - self._wip_at_s)
        self._wip_at_s = now_s

    def _end(self, kind: EventKind, batch_id: str, now_s: float) -> None:
        self._pass(now_s)
        started_s = self._started_s.pop(batch_id, now_s)
        if kind is EventKind.BATCH_COMPLETED:
            self._lead_s.append((now_s, now_s - started_s))

    def _lose(self, loss: Loss) -> None:
        for machine, scrap_kg in loss.scrap_kg.items():
            self._books[machine].book(0.0, {loss.cause: scrap_kg})
        for machine, energy_j in loss.energy_j.items():
            self._books[machine].book(energy_j, {})

    def totals(self) -> PlantTotals:
        """All that was counted up to the newest event; cheap, for what did not change is not made again."""
        return PlantTotals(
            self._wip_at_s,
            dict(self._batches),
            self._wip_s,
            len(self._started_s),
            self._cells,
            self._cells_kwh,
            tuple([books.totals() for books in self._books.values()]),
        )

    def figures(self, now_s: float, since: PlantTotals = NOTHING) -> PlantFigures:
        """The figures from `since`, the totals of an earlier time, to `now_s`, which no event is behind."""
        lead_s = [inside_s for ended_s, inside_s in self._lead_s if ended_s >= since.at_s]
        span = self.totals().until(now_s).since(since)
        return figures_of(span, (since.at_s, now_s - since.at_s), self._places, lead_s)

    def machine(self, key: MachineKey, now_s: float) -> MachineFigures:
        """Of one machine alone, from the beginning to `now_s`: the same as among all figures, for much less work."""
        span = self._books[key].totals().until(now_s).since(MachineTotals())
        return machine_figures(key, span, now_s * self._places[key])

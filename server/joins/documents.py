"""What a batch's cells are called and what is said of them in the lab; all of it is marked as simulated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification, MeasurementType
from clients.plant.models import Stage
from schema.ports import BatchView
from server.joins.formation import Formation
from server.joins.formed import FormedCell, NoCellsError, reading, readings_of
from server.plant.cell import NOMINAL_V

MODEL = "busbar plant, closed-form CC-CV"
SIMULATED = "Simulated by busbar's plant: no such cell was made, and nothing was measured."
TAGS = ("simulated", "formation")
EMPTY_V = 3.0


@dataclass(frozen=True, slots=True)
class Papers:
    """Of one batch; `now` is when they are written. Raises NoCellsError where the batch says too little."""

    batch: BatchView
    seed: str
    formation: Formation
    now: datetime

    def specification(self, row_id: str) -> CellSpecification:
        """The cell that the recipe names, as this batch was designed."""
        design_a_h = reading(readings_of(self.batch, Stage.REWINDING), "design_capacity_a_h")
        fields: dict[str, Any] = {
            "form_factor": "Jelly roll",
            "manufacturer": "busbar's plant",
            "ratings": {
                "capacity": _quantity(design_a_h, "A.h"),
                "energy": _quantity(design_a_h * NOMINAL_V, "W.h"),
                "nominal_voltage": _quantity(NOMINAL_V, "V"),
                "voltage_min": _quantity(EMPTY_V, "V"),
                "voltage_max": _quantity(self.formation.limit_v, "V"),
            },
            "cathode": {"material": {"name": "NMC622"}},
            "anode": {"material": {"name": "graphite"}},
            "source": {"citation": SIMULATED, "creator_name": "busbar"},
            "notes": SIMULATED,
        }
        return CellSpecification(row_id, self.batch.recipe, self.now, self.now, fields)

    def instance(self, row_id: str, cell: FormedCell) -> CellInstance:
        """A cell; its name is the store's to give."""
        measured = {
            "capacity": _quantity(self.capacity_a_h * cell.share, "A.h"),
            "self_discharge": _quantity(cell.self_discharge_mv_per_d, "mV/d"),
        }
        fields: dict[str, Any] = {
            "batch": self.batch.id,
            "batch_id": self.batch.id,
            "date_manufactured": self._ended_at.date().isoformat(),
            "measured_properties": {"cell": measured},
            "simulated": {"model": MODEL, "seed": self.seed},
        }
        if cell.scrap_cause is not None:
            fields["scrap_cause"] = cell.scrap_cause
        return CellInstance(row_id, "", "", self.now, self.now, fields)

    def measurement(self, row_id: str, instance_id: str) -> CellMeasurement:
        """A cell's formation, without its samples. Simulated times count back from when the batch was finished."""
        ended_at = self._ended_at - timedelta(seconds=(self.batch.finished_s or 0.0) - self._formed_s)
        fields: dict[str, Any] = {
            "protocol": {
                "name": "Formation: constant current, then constant voltage",
                "current_a": self.formation.current_a,
                "limit_v": self.formation.limit_v,
            },
            "test_setup": {"cycler": MODEL, "operator": "nobody"},
            "simulated": {"model": MODEL, "seed": self.seed, "batch_id": self.batch.id},
        }
        return CellMeasurement(
            id=row_id,
            name="Formation",
            cell_instance_id=instance_id,
            measurement_type=MeasurementType.TIME_SERIES,
            start_time=ended_at - timedelta(seconds=self.formation.duration_s),
            end_time=ended_at,
            created_at=self.now,
            updated_at=self.now,
            tags=TAGS,
            fields=fields,
        )

    @property
    def capacity_a_h(self) -> float:
        """Of the mean cell, behind the store."""
        return reading(readings_of(self.batch, Stage.AGING), "capacity_a_h")

    @property
    def _ended_at(self) -> datetime:
        return self.batch.finished_at or self.now

    @property
    def _formed_s(self) -> float:
        for step in self.batch.steps:
            if step.machine.stage is Stage.FORMATION_CYCLING and step.result is not None:
                return step.result.finished_s
        raise NoCellsError(f"batch {self.batch.id!r} was not formed")


def _quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": round(value, 6), "unit": unit}

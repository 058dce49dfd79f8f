"""A small lab to ask about: two designs, three cells, and tests of every type."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification, MeasurementType
from schema.ports import Table
from tests.schema.nouns import NOW

DAY = timedelta(days=1)

DESIGN = CellSpecification(
    "s1",
    "LG M50",
    NOW - DAY,
    NOW,
    {
        "form_factor": "21700",
        "manufacturer": "LG",
        "project_id": "p1",
        "ratings": {
            "capacity": {"value": 5, "unit": "A*h"},
            "voltage_max": 4.2,
            "nominal_voltage": "3.6 V",
            "energy_density": {"value": 260.0, "unit": "W.h/kg"},
        },
        "source": {"doi": "10.1000/182", "creator_name": 7, "page": 3},
        "properties": {"mass_g": 68.1},
        "anode": {"material": {"name": "graphite"}},
        "notes": ["not", "a", "text"],
    },
)
COIN = CellSpecification("s2", "Küche 🔌", NOW, NOW)
CELL = CellInstance(
    "i1",
    "LG M50 #1",
    "s1",
    NOW,
    NOW,
    {"batch": "B-7", "date_manufactured": "2026-05-01", "measured_properties": {"anode": {"mass_g": 1.0}}, "shelf": 4},
)
TWIN = replace(CELL, id="i2", name="LG M50 #2", fields={})
BUTTON = CellInstance("i3", "button", "s2", NOW, NOW)
RUN = CellMeasurement(
    "m1",
    "Formation",
    "i1",
    start_time=NOW - DAY,
    end_time=NOW,
    created_at=NOW,
    updated_at=NOW,
    tags=("formation", "25 degC"),
    row_count=4,
    columns=("Time [s]", "Voltage [V]", "Current [A]", "Step count"),
    content_sha256="ab" * 32,
    fields={"notes": "first run", "protocol": {"name": "C/10"}, "test_setup": "bench 4", "operator": "Ada"},
)
LIVE = CellMeasurement(
    "m2", "Ageing", "i1", created_at=NOW, updated_at=NOW, is_recording=True, row_count=3, columns=("Time [s]",)
)
MASSES = CellMeasurement(
    "m3", "Masses", "i2", MeasurementType.PROPERTIES, created_at=NOW, updated_at=NOW, fields={"properties": {"g": 68.1}}
)
PHOTOS = CellMeasurement(
    "m4", "Photos", "i2", MeasurementType.FILE, created_at=NOW, updated_at=NOW, filenames=("a b.png", "c.png")
)

STEPS: Table = {
    "Step count": [0, 1, 2],
    "Cycle count": [0, 0, 1],
    "Step type": ["Rest", "Constant current charge", "Constant current discharge"],
    "Start time [s]": [0.0, 10.0, 20.0],
    "Duration [s]": [10.0, 10.0, 10.0],
    "Mean voltage [V]": [3.6, None, 3.7],
    "Charge capacity [A.h]": [0.0, 1.5, 0.0],
    "Discharge capacity [A.h]": [0.0, 0.0, 1.4],
    "Own column": ["x", "y", "z"],
}
CYCLES: Table = {"Cycle count": [0, 1], "Charge capacity [A.h]": [1.5, 0.0], "Discharge capacity [A.h]": [0.0, 1.4]}

"""What a server of cells answers, by contract."""

from __future__ import annotations

import io
from typing import Any

import polars as pl

BASE = "http://cells.test"
STORAGE = "http://storage.test"
PUT_URL = f"{STORAGE}/put?signature=s3cret"
GET_URL = f"{STORAGE}/get?signature=s3cret"
SAMPLES = pl.DataFrame({"Time [s]": [0.0, 1.0], "Voltage [V]": [3.5, 3.4], "Note": ["ä", None]})
STEPS = {"Step count": [0, 1], "Max voltage [V]": [4, 3.5], "Step type": ["Rest", None]}
CYCLES = {"Cycle count": [0], "Discharge capacity [A.h]": [1.5]}


def specification(ident: str = "s1", name: str = "design", **more: Any) -> dict[str, Any]:
    return {"id": ident, "name": name, "form_factor": "18650", **more}


def instance(ident: str = "i1", name: str = "cell", **more: Any) -> dict[str, Any]:
    return {"id": ident, "name": name, "cell_specification_id": "s1", "batch": "b", **more}


def measurement(ident: str = "m1", name: str = "test", **more: Any) -> dict[str, Any]:
    return {"id": ident, "name": name, "cell_instance_id": "i1", "protocol": {"name": "CC"}, **more}


def parquet(frame: pl.DataFrame = SAMPLES) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def steps_and_cycles() -> dict[str, Any]:
    return {"steps": STEPS, "cycles": CYCLES}


def conflict(detail: Any = None, **more: Any) -> dict[str, Any]:
    return {"error_code": "CONFLICT", "message": "the name is taken", "detail": detail, **more}


def not_found(message: str = "there is no such thing") -> dict[str, Any]:
    return {"error_code": "NOT_FOUND", "message": message, "detail": None}

"""The figures of many steps, as columns."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from math import inf, nan
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from clients.plant.models import RESULTS
from server.stores.sqlite.connection import Connection

_WORDS = {name: "cells" if name == "cell_count" else name for name in RESULTS}
_READ = """
SELECT machine, json_extract(result, '$.finished_s') AS finished_s, result FROM plant_step
WHERE machine IN (SELECT value FROM json_each(?)) AND json_extract(result, '$.finished_s') >= ?
  AND json_extract(result, '$.finished_s') < ? ORDER BY machine, 2
"""


def step_figures(
    connection: Connection, names: Mapping[int, Sequence[str]], start_s: float | None, end_s: float | None
) -> dict[int, NDArray[np.float64]]:
    """See `server.stores.plant.PlantStore.figures`."""
    found = {machine: array("d") for machine in names}
    span = (-inf if start_s is None else start_s, inf if end_s is None else end_s)
    for machine, finished_s, text in connection.execute(_READ, (json.dumps(list(names)), *span)):
        result = orjson.loads(text)
        found[machine].append(finished_s)
        found[machine].extend(_number(result, name) for name in names[machine])
    return {machine: np.array(rows).reshape(-1, 1 + len(names[machine])) for machine, rows in found.items()}


def _number(result: Mapping[str, Any], name: str) -> float:
    value = result[_WORDS[name]] if name in _WORDS else result["readings"].get(name)
    return nan if value is None else float(value)

"""A client of the published ionworks-api, told what to do line by line: JSON in, JSON out.

Run by the Python of that package's own environment; nothing of busbar is there. A line `{"open": {...}}` makes a new
client with these arguments, a line `{"call": "cell_spec.get", "with": [...], "named": {...}}` calls it.
"""

from __future__ import annotations

import json
import sys
import types
from typing import Any

# Release 0.2.0 imports what it needs for simulations alone, which are 1.2 GB.
for name in ("pybamm", "pybamm.expression_tree", "pybamm.expression_tree.operations"):
    sys.modules[name] = types.ModuleType(name)
serialise = types.ModuleType("pybamm.expression_tree.operations.serialise")
serialise.convert_symbol_to_json = None  # type: ignore[attr-defined]
sys.modules[serialise.__name__] = serialise
sys.modules["pybamm"].Symbol = type("Symbol", (), {})  # type: ignore[attr-defined]

import polars as pl  # noqa: E402
from ionworks import Ionworks, IonworksError  # type: ignore[import-not-found]  # noqa: E402  # only in its environment

told, sys.stdout = sys.stdout, sys.stderr  # the client prints what it likes


class Session:
    """One client at a time."""

    def __init__(self) -> None:
        self._client: Any = None

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do as the line says, and tell what came of it."""
        try:
            return {"answer": plain(self._do(order))}
        except IonworksError as error:
            return {"error": error.error_code, "status": error.status_code, "text": str(error), "data": error.data}
        except Exception as error:  # noqa: BLE001 (the test decides what may be raised)
            return {"error": type(error).__name__, "status": None, "text": str(error), "data": None}

    def _do(self, order: dict[str, Any]) -> Any:
        if "open" in order:
            self._client = Ionworks(**order["open"])
            return None
        called = self._client
        for name in order["call"].split("."):
            called = getattr(called, name)
        return called(*order.get("with", []), **order.get("named", {}))


def plain(value: Any) -> Any:
    """The value as JSON has it; frames as columns, bytes as hexadecimal digits."""
    if isinstance(value, pl.DataFrame):
        return value.to_dict(as_series=False)
    if isinstance(value, bytes):
        return value.hex()
    if hasattr(value, "model_fields"):
        return {name: plain(each) for name, each in value}
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, str | int | float | None):
        return value
    return [plain(each) for each in value]


def main() -> None:
    session = Session()
    for line in sys.stdin:
        told.write(json.dumps(session.obey(json.loads(line))) + "\n")
        told.flush()


main()

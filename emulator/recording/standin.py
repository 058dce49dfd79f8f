"""The device behind a replay: as many tabs and circuits as the capture shows, so that lists and tables are right.

Nothing of it is ever served: a replayed panel shows what was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from emulator.configuration.layout import CircuitConfig, Demand, PanelConfig, Placement
from emulator.firmware import API
from emulator.recording.capture import Answer, Capture

NOTHING = Demand(0.0, 0.0, 0.0)
MAX_TABS = 1_000


def standin(capture: Capture) -> PanelConfig:
    """A panel that draws nothing, with the capture's serial, tabs and circuits."""
    shown = _first(capture.answers, f"{API}/panel", "branches")
    tabs = len(shown) if isinstance(shown, list) else 1
    circuits = tuple(_circuits(_first(capture.answers, f"{API}/circuits", "circuits")))
    return PanelConfig(
        serial=capture.header.serial,
        tabs=min(max(tabs, 1), MAX_TABS),
        main_breaker_a=200.0,
        circuits=circuits,
        unmapped=() if circuits else (Placement((1,), (100,), NOTHING),),
    )


def _first(answers: Iterable[Answer], path: str, key: str) -> Any:  # noqa: ANN401  # JSON of whatever shape
    """What the first answer at the path that is JSON holds at the key."""
    for answer in answers:
        if answer.path == path:
            try:
                return orjson.loads(answer.content)[key]
            except (ValueError, TypeError, LookupError):
                continue
    return None


def _circuits(shown: object) -> Iterator[CircuitConfig]:
    """A circuit on the first tab for each id: where it really sits does not matter to a device that draws nothing."""
    for circuit_id, fields in shown.items() if isinstance(shown, dict) else ():
        name = fields.get("name") if isinstance(fields, dict) else None
        yield CircuitConfig(circuit_id, str(name or circuit_id)[:128], Placement((1,), (100,), NOTHING))

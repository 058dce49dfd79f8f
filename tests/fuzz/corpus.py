"""Names that the server has told, so that what is asked next leads somewhere."""

from __future__ import annotations

from collections import defaultdict, deque
from random import Random
from typing import Any

KEPT = 200
LONGEST = 300
LONGEST_NAME = 40
ALSO = {
    "ids": "id",
    "after": "cursor",
    "before": "cursor",
    "instanceId": "id",
    "specificationId": "id",
    "measurementId": "id",
    "cellInstanceId": "id",
    "circuitIds": "circuitId",
    "batch_id": "batchId",
    "topics": "topic",
    "panel": "serial",
    "columns": "name",
}


class Corpus:
    """The newest of each name; those that are drawn from are bounded, whatever is told."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._found: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=KEPT))

    def learn(self, answer: Any) -> None:
        """All strings in an answer, by the name of their member."""
        left = [answer]
        while left:
            value = left.pop()
            if isinstance(value, list):
                left += value
            elif isinstance(value, dict):
                left += value.values()
                for name, each in value.items():
                    self._keep("cursor" if name.endswith("Cursor") else name, each)

    def draw(self, name: str) -> str | None:
        """Something of that name that was told, or now and then of any other; None while nothing was."""
        if self._dice.random() < 0.1 and self._found:
            name = self._dice.choice(list(self._found))
        told = self._found.get(ALSO.get(name, name)) or self._found.get(name)
        return self._dice.choice(told) if told else None

    def _keep(self, name: str, value: Any) -> None:
        has_room = name in self._found or (len(name) <= LONGEST_NAME and len(self._found) < KEPT)
        if has_room and isinstance(value, str) and 0 < len(value) <= LONGEST:
            self._found[name].append(value)

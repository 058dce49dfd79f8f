"""One request, as it is sent and as it is told again when it finds something."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SHOWN = 3_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """`url` is whole."""

    method: str
    url: str
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        shown = f"{self.method} {self.url} {dict(self.headers)} {self.content[:SHOWN]!r}"
        return shown[:SHOWN]


def as_json(value: Any) -> bytes:
    """With NaN, lone surrogates and whatever else a client may write that calls it JSON."""
    return json.dumps(value).encode()

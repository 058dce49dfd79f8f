"""A client of the published span-panel-api, told what to do line by line: JSON in, JSON out.

Run by the Python of that package's own environment; nothing of busbar is there. A line `{"open": {...}}` makes a new
client with these arguments, a line `{"call": "get_circuits", "with": [...]}` calls it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from span_panel_api import SpanPanelClient  # type: ignore[import-not-found]  # only in its own environment
from span_panel_api.exceptions import SpanPanelError  # type: ignore[import-not-found]


class Session:
    """One client at a time."""

    def __init__(self) -> None:
        self._client: Any = None

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do as the line says, and tell what came of it."""
        try:
            return {"answer": await self._do(order)}
        except SpanPanelError as error:
            return {"error": type(error).__name__, "status": getattr(error, "status_code", None), "text": str(error)}

    async def _do(self, order: dict[str, Any]) -> Any:
        if "open" in order:
            token = order["open"].pop("token", None)
            if self._client is not None:
                await self._client.__aexit__(None, None, None)
            self._client = SpanPanelClient(**order["open"])
            if token:
                self._client.set_access_token(token)
            await self._client.__aenter__()
            return None
        answer = await getattr(self._client, order["call"])(*order.get("with", []))
        return answer.to_dict() if hasattr(answer, "to_dict") else answer


async def main() -> None:
    session = Session()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(await session.obey(json.loads(line))) + "\n")
        sys.stdout.flush()


asyncio.run(main())

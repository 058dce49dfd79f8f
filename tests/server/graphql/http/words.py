"""What the tests of HTTP ask, and how they read what is answered."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

JSON = {"content-type": "application/json"}
OLD, NEW = "application/json", "application/graphql-response+json"
NAME = "{ serverInfo { name } }"
ANSWER = {"data": {"serverInfo": {"name": "busbar"}}}
REMOVE = 'mutation { removePanel(serial: "x") { __typename } }'


def code(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    assert error["message"]
    assert "data" not in answer.json()
    return str(error["extensions"]["code"])


async def straight(app: Any, *messages: dict[str, Any], **scope: Any) -> list[Any]:
    """What the app sends to a client that sends these, and then nothing."""
    sent: list[Any] = []
    coming = list(messages)
    asked = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"",
             "headers": [(b"content-type", b"application/json")], **scope}  # fmt: skip

    async def receive() -> dict[str, Any]:
        if coming:
            return coming.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    await app(asked, receive, send)
    return sent

"""A schema, a small world behind it, and a way to ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from schema.compose import Schema
from server.graphql.encoding import decode, encode
from tests.schema.fakes import World

Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def ask(schema: Schema, world: World) -> Ask:
    """Runs an operation, and answers as it would travel: through JSON."""

    async def ask(query: str, **variables: Any) -> dict[str, Any]:
        result = await schema.execute(query, variables, context_value=world.context())
        errors = [error.formatted for error in result.errors or []]
        return dict(decode(encode({**(result.data or {}), "errors": errors})))

    return ask

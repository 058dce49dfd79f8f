"""Whatever is asked of the real lab, the answer is data or an error of the client's."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.compose import Schema
from schema.scalars import packed
from server.stores.sqlite.database import Database
from tests.schema.cells.lab import lab_world
from tests.schema.cells.test_fuzz import CHANGE, CURSORS, EXPECTED, IDS, JSON, LIST, READS, WORDS
from tests.schema.fakes import World


@pytest.fixture
def asked(schema: Schema, tmp_path: Path) -> Iterator[Callable[[str, dict[str, Any]], set[str]]]:
    """Asks one real lab, whose loop runs beside the test's; answers the codes of the errors."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[World]:
        async with Database.open(tmp_path / "busbar.db") as database, lab_world(database, tmp_path) as world:
            yield world

    async def codes(query: str, variables: dict[str, Any]) -> set[str]:
        result = await schema.execute(query, variables, context_value=world.context())
        return {(error.extensions or {})["code"] for error in result.errors or []}

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(opened()) as world:
        yield lambda query, variables: portal.call(codes, query, variables)


PLACES = st.text().map(lambda text: packed(json.dumps([*LIST, text])))
COLUMNS = st.dictionaries(WORDS, st.lists(JSON, max_size=3), min_size=1, max_size=3)


@pytest.mark.parametrize("query", [*READS, CHANGE])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    variables=st.fixed_dictionaries(
        {
            "id": IDS,
            "after": st.none() | CURSORS | PLACES,
            "first": st.integers(0, 500),
            "name": WORDS,
            "from": st.none(),
            "to": st.none(),
            "max": st.just(10),
            "skip": st.just(0),
            "tags": st.lists(WORDS, max_size=3),
            "json": JSON,
            "row": st.none() | st.integers(0, 2**31 - 1),
        }
    ),
    names=st.lists(WORDS, min_size=1, max_size=3),
    columns=COLUMNS,
)
def test_whatever_is_asked_of_the_real_lab_is_answered(asked, query, variables, names, columns):
    shown = columns if query is CHANGE else names

    assert asked(query, {**variables, "columns": shown}) <= EXPECTED

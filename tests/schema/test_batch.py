"""One call for all parents of a level, and never a row of an earlier moment."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import strawberry

from schema.batch import OperationContext, batch
from schema.context import Info
from tests.schema.fakes import World

SEEN: list[tuple[str, list[int]]] = []


async def doubles(parents: strawberry.Parent[list[Row]], info: Info, times: int = 2) -> list[int]:
    SEEN.append(("doubles", [row.number for row in parents]))
    return [row.number * times for row in parents]


async def readings(parents: strawberry.Parent[list[Row]], info: Info) -> list[Any]:
    SEEN.append(("readings", [row.number for row in parents]))
    return [ValueError("broken") if row.number == 13 else len(SEEN) for row in parents]


@strawberry.type(description="A row.")
class Row:
    number: int
    doubled: int = batch(doubles, description="Twice the number.")
    reading: int | None = batch(readings, description="How many calls there were by now.")

    __hash__ = object.__hash__


ROWS = [Row(number=number) for number in (1, 2, 3)]


@strawberry.type
class Query:
    @strawberry.field
    def rows(self) -> list[Row]:
        return ROWS

    @strawberry.field
    def unlucky(self) -> list[Row]:
        return [Row(number=7), Row(number=13)]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def rows(self) -> AsyncGenerator[Row, None]:
        for _ in range(3):
            yield ROWS[0]


@pytest.fixture(autouse=True)
def seen():
    SEEN.clear()
    return SEEN


@pytest.fixture(scope="module")
def schema():
    return strawberry.Schema(Query, subscription=Subscription, extensions=[OperationContext])


@pytest.fixture
async def context():
    return World().context()


async def test_all_parents_of_a_level_are_one_call(schema, context, seen):
    result = await schema.execute("{ rows { doubled } }", context_value=context)

    assert result.data == {"rows": [{"doubled": 2}, {"doubled": 4}, {"doubled": 6}]}
    assert seen == [("doubles", [1, 2, 3])]


async def test_two_places_with_other_arguments_are_two_calls(schema, context, seen):
    result = await schema.execute("{ rows { a: doubled b: doubled(times: 10) } }", context_value=context)

    assert result.data == {"rows": [{"a": 2, "b": 10}, {"a": 4, "b": 20}, {"a": 6, "b": 30}]}
    assert seen == [("doubles", [1, 2, 3]), ("doubles", [1, 2, 3])]


async def test_two_fields_of_one_level_do_not_share_a_loader(schema, context, seen):
    await schema.execute("{ rows { doubled reading } }", context_value=context)

    assert seen == [("doubles", [1, 2, 3]), ("readings", [1, 2, 3])]


async def test_one_parents_failure_is_its_own(schema, context):
    result = await schema.execute("{ unlucky { number reading } }", context_value=context)

    assert result.data == {"unlucky": [{"number": 7, "reading": 1}, {"number": 13, "reading": None}]}
    assert [error.path for error in result.errors] == [["unlucky", 1, "reading"]]


async def test_a_later_event_of_a_subscription_reads_anew(schema, context):
    feed = await schema.subscribe("subscription { rows { reading } }", context_value=context)

    assert [event.data["rows"]["reading"] async for event in feed] == [1, 2, 3]


async def test_operations_that_share_a_context_do_not_share_loaders(schema, context):
    first = await schema.execute("{ rows { reading } }", context_value=context)
    second = await schema.execute("{ rows { reading } }", context_value=context)

    assert (first.data["rows"][0], second.data["rows"][0]) == ({"reading": 1}, {"reading": 2})
    assert context.loaders == {}


def test_the_parents_are_no_argument_of_the_field(schema):
    assert "doubled(times: Int! = 2): Int!" in schema.as_str()

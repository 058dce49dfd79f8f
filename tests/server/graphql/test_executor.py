"""The short way for leaves, beside graphql-core's own: the same answers and the same errors, whatever the values."""

from __future__ import annotations

import enum
import inspect
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NewType

import numpy as np
import pytest
import strawberry
from graphql import Undefined, execute_root_selection_set, parse, validate
from graphql.execution.executor import Executor
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from server.graphql.executor import LeafExecutor
from server.graphql.leaves import Leaves
from tests.schema.fakes import World
from tests.schema.nouns import SERIAL, view

LONELY = "\ud800"
Shown = NewType("Shown", object)
SCALARS: dict[object, Any] = {Shown: strawberry.scalar(name="Shown", serialize=repr)}
"""Writes anything: what it must not be asked to write, graphql-core has to keep from it."""


@strawberry.enum
class Colour(enum.Enum):
    RED = "r"
    GREEN = strawberry.enum_value("g", name="VERT")


@strawberry.enum
class Rank(enum.IntEnum):
    LOW = 1
    HIGH = 2


@strawberry.interface
class Named:
    text: str


@strawberry.type
class Odd(Named):
    """Its attributes are whatever a test sets."""

    text: str
    text_or_none: str | None
    number: int
    number_or_none: int | None
    real: float
    real_or_none: float | None
    truth: bool
    truth_or_none: bool | None
    key: strawberry.ID
    colour: Colour
    colour_or_none: Colour | None
    rank: Rank
    at: datetime
    at_or_none: datetime | None
    anything: Shown
    anything_or_none: Shown | None
    numbers: list[int]
    reals_or_none: list[float | None] | None
    deep: list[list[str]]
    colours: list[Colour]

    @strawberry.field
    def asked(self, times: int = 1) -> str:
        return "x" * times

    @strawberry.field
    async def later(self) -> str:
        return "later"


GOOD: dict[str, Any] = {
    "text": "a", "text_or_none": None, "number": 1, "number_or_none": 2, "real": 1.5, "real_or_none": None,
    "truth": True, "truth_or_none": False, "key": "k", "colour": Colour.RED, "colour_or_none": Colour.GREEN,
    "rank": Rank.HIGH, "at": datetime(2026, 1, 1, tzinfo=UTC), "at_or_none": None,
    "anything": [1], "anything_or_none": None, "numbers": [1, 2],
    "reals_or_none": [1.0, None], "deep": [["a"], []], "colours": [Colour.RED, Colour.GREEN],
}  # fmt: skip
ODDS: list[Any] = [
    None, Undefined, True, False, 0, -1, 2**31, -(2**31) - 1, 2**70, 1.5, -0.0, float("nan"), float("inf"), "", "a",
    LONELY, "RED", "r", b"x", [], (), {}, [None], [1, "a"], [[None]], [[1]], [2**40], [float("nan")], object(),
    ValueError("a value"), Colour.RED, Rank.LOW, 1 + 2j, Decimal("1.5"), np.float64(1.5), np.int64(7), np.array([1.0]),
    datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), {1, 2}, (1, 2), type,  # noqa: DTZ001 (odd on purpose)
]  # fmt: skip
LEAVES = " ".join(name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:]) for name in GOOD)
ALL = f"{{ one {{ __typename later {LEAVES} again: text asked(times: 2) }} rest: many {{ text number later }} }}"


class Root:
    one: Any = None
    many: Any = ()


@strawberry.type
class Query:
    @strawberry.field
    def one(self, info: strawberry.Info) -> Odd | None:
        return info.context.one  # type: ignore[no-any-return]

    @strawberry.field
    async def many(self, info: strawberry.Info) -> list[Odd | None]:
        return info.context.many  # type: ignore[no-any-return]

    @strawberry.field
    def named(self, info: strawberry.Info) -> list[Named]:
        return info.context.many  # type: ignore[no-any-return]


CORE = strawberry.Schema(query=Query, types=[Odd], config=StrawberryConfig(scalar_map=SCALARS))._schema
KNOWN = Leaves()


def odd(**attributes: Any) -> Odd:
    made = Odd.__new__(Odd)
    for name, value in {**GOOD, **attributes}.items():
        setattr(made, name, value)
    return made


async def both(core: Any, document: str, context: Any, variables: dict[str, Any] | None = None) -> tuple[str, str]:
    """What each executor answers, in text, so that the order counts too."""
    parsed = parse(document)
    assert validate(core, parsed) == []
    texts = []
    options: dict[str, Any] = {"context_value": context, "raw_variable_values": variables, "hide_suggestions": True}
    for built in (LeafExecutor.build(core, parsed, leaves=KNOWN, **options), Executor.build(core, parsed, **options)):
        assert isinstance(built, Executor)
        result: Any = execute_root_selection_set(built)
        result = await result if inspect.isawaitable(result) else result
        errors = [error.formatted for error in result.errors or ()]
        texts.append(json.dumps({"data": result.data, "errors": errors}, default=repr))
    return texts[0], texts[1]


def root(*many: Odd | None) -> Root:
    found = Root()
    found.one, found.many = (many[0] if many else None), many
    return found


async def test_plain_values_go_the_short_way_and_are_the_same(monkeypatch):
    long_way: set[str] = set()
    original = Executor.execute_field

    def noted(self: Any, parent: Any, source: Any, details: Any, *rest: Any) -> Any:
        if isinstance(self, LeafExecutor):
            long_way.add(details[0].node.name.value)
        return original(self, parent, source, details, *rest)

    monkeypatch.setattr(Executor, "execute_field", noted)
    ours, theirs = await both(CORE, ALL, root(odd(), None, odd(text="b")))

    assert ours == theirs
    assert long_way == {"one", "many", "later", "asked"}


@pytest.mark.parametrize("name", GOOD)
async def test_an_odd_value_is_answered_as_graphql_core_does(name):
    for value in ODDS:
        ours, theirs = await both(CORE, ALL, root(odd(**{name: value}), odd()))
        assert ours == theirs, value


@settings(max_examples=50, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(list(GOOD)), st.sampled_from(ODDS), max_size=3), max_size=4))
async def test_many_odd_values_at_once_are_answered_as_graphql_core_does(changes):
    ours, theirs = await both(CORE, ALL, root(*(odd(**each) for each in changes)))
    assert ours == theirs


async def test_a_value_that_is_to_be_awaited_is():
    class Later(Root):
        @property
        def many(self) -> Any:
            async def text() -> str:
                return "awaited"

            async def at() -> datetime:
                return datetime(2026, 1, 1, tzinfo=UTC)

            return [odd(text=text(), at=at(), colour=text())]

    ours, theirs = await both(CORE, "{ many { number text at } many { colour } }", Later())
    assert ours == theirs
    assert "awaited" in ours


async def test_an_attribute_that_is_missing_or_raises_is_an_error_of_its_field():
    class Raising(Odd):
        @property
        def text(self) -> str:
            raise OSError("the disk is gone")

        @text.setter
        def text(self, _value: str) -> None:
            pass

    missing, raising = odd(), Raising.__new__(Raising)
    del missing.text
    for name, value in GOOD.items():
        setattr(raising, name, value)
    for each in (missing, raising):
        ours, theirs = await both(CORE, "{ one { number text } many { number text } }", root(each, odd()))
        assert ours == theirs
        assert '"path": ["one", "text"]' in ours


@pytest.mark.parametrize(
    "document",
    [
        "{ named { __typename text ... on Odd { number number ...More } } } fragment More on Odd { n: number later }",
        "query($yes: Boolean!) { many { text @skip(if: $yes) number @include(if: $yes) t: __typename } }",
        "{ many { asked later } } ", "{ many { a: text b: text a: text } many { c: text } }", "{ __typename }",
        "{ __schema { types { name kind fields { name isDeprecated type { name } } } } }",
    ],
)  # fmt: skip
async def test_selections_of_every_shape_have_the_order_of_graphql_core(document):
    variables = {"yes": True} if "$yes" in document else None
    ours, theirs = await both(CORE, document, root(odd(), odd(text="b")), variables)
    assert ours == theirs


PANELS = """query($serial: String!) { panel(serial: $serial) { __typename id serial name availability addedAt observedAt
  circuits { id circuitId name tabs isVirtual relayState priority powerW observedAt panel { name } machine { line } }
} panels { nodes { name host } } serverInfo { name now uptimeSeconds } node(id: "?") { id } }"""


async def test_our_own_schema_is_answered_as_graphql_core_does(schema):
    ours, theirs = await both(schema._schema, PANELS, World(view()).context(), {"serial": SERIAL})
    assert ours == theirs
    assert '"relayState": "CLOSED"' in ours

"""Fields that only show an attribute of their object: what is written for it, where that is plain to see."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from types import NoneType
from typing import Any, NamedTuple, TypeAlias, cast

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

LOWEST_INT, HIGHEST_INT = -(2**31), 2**31 - 1
Write: TypeAlias = Callable[[Any], Any]


class OddError(Exception):
    """Not plain to see: graphql-core has to look at the value, and say what is wrong with it if anything is."""


class Writing(NamedTuple):
    """How values of one type of the graph are written: by their Python type, None meaning as they are."""

    by_type: dict[type, Write | None]
    any_other: Write


class Leaf(NamedTuple):
    """One field."""

    attribute: str
    writing: Writing


class Leaves:
    """Of one schema."""

    def __init__(self) -> None:
        self._known: dict[tuple[GraphQLObjectType, str], Leaf | None] = {}

    def of(self, parent: GraphQLObjectType, name: str) -> Leaf | None:
        """How this field is written; None where it takes a resolver, or has fields of its own."""
        key = (parent, name)
        if key not in self._known:
            self._known[key] = _leaf(parent, name)
        return self._known[key]


def _leaf(parent: GraphQLObjectType, name: str) -> Leaf | None:
    if name == "__typename":
        # Every object has a class, which is not looked at: the name has been found by now.
        return Leaf("__class__", Writing({}, lambda _class: parent.name))
    field = parent.fields.get(name)
    if field is None or not getattr(field.resolve, "_is_default", False):
        return None
    writing = _writing(field.type)
    return None if writing is None else Leaf(_attribute(field), writing)


def _attribute(field: GraphQLField) -> str:
    """As Strawberry's own resolver finds it."""
    return str(field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].python_name)


def _writing(of_type: GraphQLOutputType) -> Writing | None:
    """None where a field of this type is no leaf."""
    if isinstance(of_type, GraphQLNonNull):
        return _present(cast("GraphQLOutputType", of_type.of_type))
    present = _present(of_type)
    return present and Writing({**present.by_type, NoneType: None}, present.any_other)


def _present(of_type: GraphQLOutputType) -> Writing | None:
    if isinstance(of_type, GraphQLList):
        items = _writing(of_type.of_type)
        return items and Writing(dict.fromkeys((list, tuple), _each(items)), _odd)
    if isinstance(of_type, GraphQLEnumType):
        return _names(of_type)
    if isinstance(of_type, GraphQLScalarType):
        return _BUILT_IN.get(of_type) or Writing({NoneType: _odd}, _scalar(of_type))
    return None


def _names(enum: GraphQLEnumType) -> Writing:
    """Strawberry's enumerations hold Python's, whose members are written by name."""
    wrapped = getattr(enum, "wrapped_cls", None)
    if wrapped is None:
        return Writing({}, _odd)
    names = {member: enum.coerce_output_value(member) for member in wrapped}
    return Writing({wrapped: names.__getitem__}, _odd)


def _each(items: Writing) -> Write:
    by_type, any_other = items

    def write(values: list[Any]) -> list[Any]:
        return [value if (write := by_type.get(type(value), any_other)) is None else write(value) for value in values]

    return write


def _scalar(scalar: GraphQLScalarType) -> Write:
    """One of ours, which knows itself what it can write."""
    coerce = scalar.coerce_output_value

    def write(value: Any) -> Any:  # noqa: ANN401 (whatever the scalar takes, and makes of it)
        if value is Undefined or isinstance(value, Exception) or hasattr(value, "__await__"):
            raise OddError
        written = coerce(value)
        if written is None or written is Undefined:
            raise OddError
        return written

    return write


def _odd(_value: Any) -> Any:  # noqa: ANN401 (anything)
    raise OddError


def _finite(value: float) -> float:
    if not isfinite(value):
        raise OddError
    return value


def _within(value: int) -> int:
    if not LOWEST_INT <= value <= HIGHEST_INT:
        raise OddError
    return value


_BUILT_IN: dict[GraphQLScalarType, Writing] = {
    GraphQLString: Writing({str: None}, _odd),
    GraphQLID: Writing({str: None}, _odd),
    GraphQLBoolean: Writing({bool: None}, _odd),
    GraphQLInt: Writing({int: _within}, _odd),
    GraphQLFloat: Writing({float: _finite}, _odd),
}

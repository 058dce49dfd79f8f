"""What is wrong with parameters that somebody sent, field by field, in words that REST and the graph share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

LONGEST_VALUE = 80
HUGE = 2**63
WORDS = {True: "true", False: "false", None: "null"}
KINDS: Mapping[type, str] = {dict: "an object", list: "a list", tuple: "a list"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One field that was refused.

    `field` is its path, dotted, empty for the body as a whole. `value` is what was sent where JSON can carry it, else a
    short text of it; None also where nothing was sent. `message` names field, value, and the allowed range and unit.
    """

    field: str
    value: str | float | bool | None
    message: str


def problems(error: ValidationError) -> list[Problem]:
    """Every field that was refused, in the order of the model's fields."""
    return [_problem(one) for one in error.errors(include_url=False)]


def _problem(one: Any) -> Problem:  # noqa: ANN401 (pydantic_core.ErrorDetails, which is not there at run time)
    context = one.get("ctx", {})
    parts = (*one["loc"], *([context["field"]] if "field" in context else []))
    field = ".".join(str(shown(part)) for part in parts)
    if one["type"] == "missing":
        return Problem(field, None, f"{field} is missing; give all the fields that have no default")
    value = shown(context.get("value", one["input"]))
    return Problem(field, value, f"{field or 'the body'} is {said(value)}: {_wanted(one)}")


def _wanted(one: Any) -> str:  # noqa: ANN401 (likewise)
    if one["type"] == "extra_forbidden":
        return "there is no such parameter; take it out, or look up its spelling"
    if one["type"] in {"model_type", "dict_type", "model_attributes_type"}:
        return "must be an object of parameters"
    return str(one["msg"])


def shown(value: object) -> str | float | bool | None:
    """The value itself where JSON can carry it and it is short, else a text of it."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < HUGE else f"a whole number of {value.bit_length()} bits"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    text = value if isinstance(value, str) else KINDS.get(type(value), type(value).__name__)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "..."


def said(value: str | float | bool | None) -> str:  # noqa: FBT001 (any of JSON's plain values)
    """What was shown, in a sentence, as JSON has it."""
    return WORDS[value] if value is None or isinstance(value, bool) else repr(value)

"""The table of verbs. A verb is a method of `PanelControl`: its signature is its arguments, its docstring its help.

`read` marks one that looks, `change` one that does: the method then plans, and what is called in Python carries out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, Literal, ParamSpec, TypeAlias, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from emulator.control.log import Done
from emulator.control.plan import Answer, Plan
from emulator.errors import ControlRefusedError

if TYPE_CHECKING:
    from emulator.control.controlled import Controlled

P = ParamSpec("P")
ControlledT = TypeVar("ControlledT", bound="Controlled")
Method: TypeAlias = Literal["GET", "POST"]


@dataclass(frozen=True, slots=True)
class Verb:
    """One row of the table. `path` is its address under a panel, and its words on the command line.

    `replays` is False for what only concerns the clock or begins the log anew: the ticks of the other entries tell.
    """

    path: str
    method: Method
    function: Callable[..., Any]
    replays: bool = True

    @property
    def summary(self) -> str:
        """What it does, in one sentence."""
        return inspect.getdoc(self.function) or ""

    @property
    def noun(self) -> str:
        """What it is about: the class that it is a method of."""
        return str(self.function.__qualname__).partition(".")[0].lower()

    @property
    def arguments(self) -> type[BaseModel]:
        """The model that its arguments are checked by: strict, and nothing beside what it lists."""
        return _model(self.function)

    def checked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the method takes them; ControlRefusedError."""
        return self._told(lambda: self.arguments.model_validate(given))

    def checked_strings(self, given: Mapping[str, str]) -> dict[str, Any]:
        """The same from the texts of a query; ControlRefusedError."""
        return self._told(lambda: self.arguments.model_validate_strings(given))

    def _told(self, validate: Callable[[], BaseModel]) -> dict[str, Any]:
        try:
            return validate().model_dump(exclude_unset=True)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = str(first["loc"][0]) if first["loc"] else "body"
            raise ControlRefusedError(f"{self.path}: {first['msg']}", where, hints(self.arguments)) from None


TABLE: Final[dict[str, Verb]] = {}
"""Every verb by its path, in the order in which they are shown; `emulator.control.panel` has filled it."""


def read(path: str) -> Callable[[Callable[P, Answer]], Callable[P, Answer]]:
    """Add a verb that looks and changes nothing."""

    def add(function: Callable[P, Answer]) -> Callable[P, Answer]:
        TABLE[path] = Verb(path, "GET", function)
        return function

    return add


def change(
    path: str, *, replays: bool = True
) -> Callable[[Callable[Concatenate[ControlledT, P], Plan]], Callable[Concatenate[ControlledT, P], Done]]:
    """Add a verb that does something, and give the method that does it at once."""

    def add(function: Callable[Concatenate[ControlledT, P], Plan]) -> Callable[Concatenate[ControlledT, P], Done]:
        verb = TABLE[path] = Verb(path, "POST", function, replays)
        signature = inspect.signature(function)

        @wraps(function)
        def do(controlled: ControlledT, /, *args: P.args, **kwargs: P.kwargs) -> Done:
            given = dict(signature.bind(controlled, *args, **kwargs).arguments)
            given.pop("self")
            return controlled.does(verb, verb.checked(given))

        return do

    return add


@cache
def _model(function: Callable[..., Any]) -> type[BaseModel]:
    hints = get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    fields: dict[str, Any] = {
        one.name: (hints[one.name], ... if one.default is inspect.Parameter.empty else one.default)
        for one in parameters
    }
    name = "".join(word.title() for word in function.__name__.split("_"))
    config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)
    model: type[BaseModel] = create_model(f"{name}Arguments", __config__=config, **fields)
    return model


def hints(model: type[BaseModel]) -> list[str]:
    """The arguments in a few words each."""
    return [f"{name}: {_hint(schema)}" for name, schema in model.model_json_schema().get("properties", {}).items()]


def _hint(schema: Mapping[str, Any]) -> str:
    """An argument in a few words: its choices, or its type, range and description."""
    kinds = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    choices = [str(choice) for kind in kinds for choice in kind.get("enum", ())]
    if choices:
        return " or ".join(choices)
    kind = " or ".join(_ranged(one) for one in kinds)
    return f"{kind}, {schema['description']}" if "description" in schema else kind


def _ranged(kind: Mapping[str, Any]) -> str:
    named = str(kind.get("type", "value"))
    return f"{named} {kind['minimum']} to {kind['maximum']}" if "maximum" in kind else named

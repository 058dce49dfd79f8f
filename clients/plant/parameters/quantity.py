"""One number among a machine's parameters: range, unit and meaning in one line, and the refusal that names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

OUT_OF_RANGE = "out_of_range"
"""The type of a refused number: no number, not finite, or outside its range."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number from `low` to `high`, both allowed, in `unit` ("" for a bare number). Stands in a field's `Annotated`.

    It is found again in `Model.model_fields[name].metadata`, and in the JSON schema as `minimum`, `maximum`, `unit`
    and `description`.
    """

    low: float
    high: float
    unit: str
    meaning: str

    @property
    def allowed(self) -> str:
        """The range and its unit, as people read them."""
        return f"{self.low:g} to {self.high:g} {self.unit}".rstrip()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        """Check the type first, then the range; either way the refusal is the same sentence."""
        kind = "whole number" if source is int else "finite number"

        def check(value: object, inner: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 (the number, or None)
            try:
                number = inner(value)
            except ValidationError:
                number = self.low - 1
            if number is None or self.low <= number <= self.high:
                return number
            raise PydanticCustomError(OUT_OF_RANGE, "must be a {kind} from {allowed}", self._words(kind))

        return core_schema.no_info_wrap_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Say range, unit and meaning to whoever reads the schema."""
        said = {"minimum": self.low, "maximum": self.high, "unit": self.unit, "description": self.meaning}
        return {**handler(schema), **said}

    def _words(self, kind: str) -> dict[str, Any]:
        return {"kind": kind, "allowed": self.allowed}


class Parameters(BaseModel):
    """What one machine is set to. Nothing changes in place: `changed` makes the next one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def spelled(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """The fields as they are spelled here; a class that knows other spellings translates them."""
        return dict(given)

    def changed(self, changes: Any) -> Self:  # noqa: ANN401 (whatever a client sent)
        """These parameters with the given fields replaced; all of it is checked before anything is made.

        None takes an override back where a field may be None. Raises `pydantic.ValidationError` (see `problems`),
        also where `changes` is no mapping.
        """
        if not isinstance(changes, Mapping):
            return type(self).model_validate(changes)
        return type(self).model_validate({**self.model_dump(), **self.spelled(changes)})

"""What clients may send, checked strictly; what is wrong is told as FastAPI does, the items of `loc` as strings."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from emulator.http.exchange import Refusal

MAX_BODY_BYTES = 64 * 1024
"""A longer body is refused with 413 before it is read to its end."""

MAX_NAME_LENGTH = 128
MAX_TEXT_LENGTH = 1_024


def _printable(name: str) -> str:
    if not name.isprintable() or not name.strip():
        raise ValueError("a name is made of printable characters")
    return name


Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_LENGTH), AfterValidator(_printable)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT_LENGTH)]
Percentage = Annotated[int, Field(ge=0, le=100, description="per cent of the battery's capacity")]


class Body(BaseModel):
    """Types are taken as they are, never converted; fields beyond those listed are ignored, as a real panel does."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel)


BodyT = TypeVar("BodyT", bound=Body)


class Registration(Body):
    """A client that wants a token, under a new name. The one-time password and the dashboard's are not looked at."""

    name: Name
    description: Text | None = None
    otp: Text | None = None
    dashboard_password: Text | None = None


class RelayIn(Body):
    """A position to go to; UNKNOWN is none."""

    relay_state: Literal["OPEN", "CLOSED"]


class PriorityIn(Body):
    """What becomes of the circuit off grid; UNKNOWN is refused."""

    priority: Literal["NON_ESSENTIAL", "NICE_TO_HAVE", "MUST_HAVE"]


class NameIn(Body):
    """Another name for the circuit."""

    name: Name


class Flag(Body):
    """A flag to set or clear."""

    value: bool


class CircuitChange(Body):
    """What may be changed about a circuit: each key is optional, several are obeyed together or not at all."""

    relay_state_in: RelayIn | None = None
    priority_in: PriorityIn | None = None
    circuit_name_in: NameIn | None = None
    user_controllable_in: Flag | None = None
    sheddable_in: Flag | None = None
    never_backup_in: Flag | None = None


class ChargeIn(Body):
    """A battery's charge."""

    percentage: Percentage


class StateOfEnergyIn(Body):
    """The charge the emulated battery is to have."""

    soe: ChargeIn


class ThresholdsIn(Body):
    """Where NICE_TO_HAVE circuits are shed and return; one that is left out stays."""

    model_config = ConfigDict(alias_generator=None)

    nice_to_have_threshold_low_soe: ChargeIn | None = None
    nice_to_have_threshold_high_soe: ChargeIn | None = None


class WifiIn(Body):
    """A wireless network to join; the key is forgotten at once."""

    ssid: Name
    psk: Annotated[str, StringConstraints(max_length=MAX_NAME_LENGTH)] = Field(repr=False)


def parse(body_type: type[BodyT], body: bytes) -> BodyT:
    """The body as its model; Refusal 422 says what is wrong and where."""
    if not body.strip():
        raise Refusal(422, [problem(("body",), "Field required", "missing")])
    try:
        orjson.loads(body)  # stricter than pydantic's parser, which lets NaN and Infinity pass
        return body_type.model_validate_json(body)
    except orjson.JSONDecodeError as error:
        raise Refusal(422, [problem(("body",), f"Invalid JSON: {error.msg}", "json_invalid")]) from None
    except ValidationError as error:
        raise Refusal(422, [_told(found) for found in error.errors(include_url=False, include_input=False)]) from None


def problem(loc: tuple[str | int, ...], message: str, kind: str) -> dict[str, Any]:
    """One entry of a 422's detail."""
    return {"loc": [str(item) for item in loc], "msg": message, "type": kind}


def _told(found: Any) -> dict[str, Any]:  # noqa: ANN401  # pydantic_core's ErrorDetails cannot be imported lightly
    return problem(("body", *found["loc"]), found["msg"], found["type"])

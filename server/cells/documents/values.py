"""Any JSON value, checked: what may be kept in a document, and how much of it."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from server.cells.errors import FieldError

MAX_DEPTH = 12
MAX_VALUES = 20_000
MAX_CHARACTERS = 1_000_000
MAX_KEY_CHARACTERS = 200
LONGEST_WHOLE = 2**63

Check = Callable[[str, Any], None]


def plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy made of dicts, lists, text, finite numbers, booleans and None alone. Raises FieldError for the rest."""
    return _Reader().taken_object("", document, 0)


def merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Merge Patch (RFC 7396): objects key by key, everything else whole, None removes."""
    result = dict(before)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            inner = result.get(key)
            result[key] = merged(inner if isinstance(inner, Mapping) else {}, value)
        else:
            result[key] = value
    return result


class _Reader:
    """Reads one document; what it may still hold shrinks on the way."""

    def __init__(self) -> None:
        self._values = MAX_VALUES
        self._characters = MAX_CHARACTERS

    def taken(self, path: str, value: Any, depth: int) -> Any:  # noqa: ANN401 (any JSON value)
        self._spend(path, values=1)
        if depth > MAX_DEPTH:
            raise FieldError(path, f"lies too deep: a document has at most {MAX_DEPTH} levels")
        match value:
            case None | bool():
                return value
            case str():
                return self.taken_text(path, value)
            case int() | float():
                return _number(path, value)
            case Mapping():
                return self.taken_object(path, value, depth)
            case list() | tuple():
                return [self.taken(f"{path}[{index}]", each, depth + 1) for index, each in enumerate(value)]
        raise FieldError(path, f"is a {type(value).__name__}; JSON has text, numbers, booleans, lists and objects")

    def taken_object(self, path: str, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        return {key: self.taken(_at(path, key), each, depth + 1) for key, each in self._keyed(path, value)}

    def taken_text(self, path: str, value: str) -> str:
        self._spend(path, characters=len(value))
        _encodable(path, value)
        return str(value)

    def _keyed(self, path: str, value: Mapping[Any, Any]) -> list[tuple[str, Any]]:
        for key in value:
            if not isinstance(key, str) or not 0 < len(key) <= MAX_KEY_CHARACTERS:
                raise FieldError(path or "document", f"has a key that is not 1 to {MAX_KEY_CHARACTERS} characters")
            self._spend(path, characters=len(key))
            _encodable(path or "document", key)
        return list(value.items())

    def _spend(self, path: str, *, values: int = 0, characters: int = 0) -> None:
        self._values -= values
        self._characters -= characters
        if self._values < 0 or self._characters < 0:
            raise FieldError(
                path or "document",
                f"is beyond what a document holds ({MAX_VALUES:,} values, {MAX_CHARACTERS:,} characters);"
                " keep samples in a time series and files as files",
            )


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _number(path: str, value: float) -> float:
    if isinstance(value, int):
        if not -LONGEST_WHOLE <= value < LONGEST_WHOLE:
            raise FieldError(path, "is a whole number of more than 64 bits; send it as text")
        return int(value)
    if not math.isfinite(value):
        raise FieldError(path, f"is {value}; JSON has finite numbers only, so leave it out")
    return float(value)


def _encodable(path: str, text: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise FieldError(path, "has half a character (a lone surrogate); send whole ones")
    if "\0" in text:
        raise FieldError(path, "has a NUL character; send text without it")


def text(longest: int) -> Check:
    """Text of up to so many characters."""

    def check(path: str, value: Any) -> None:  # noqa: ANN401 (any JSON value)
        if not isinstance(value, str):
            raise FieldError(path, f"must be text, not {kind_of(value)}")
        if len(value) > longest:
            raise FieldError(path, f"has {len(value):,} characters; {longest:,} are kept")

    return check


def an_object(path: str, value: Any) -> None:  # noqa: ANN401 (any JSON value)
    """An object, whatever is in it."""
    if not isinstance(value, Mapping):
        raise FieldError(path, f"must be an object, not {kind_of(value)}")


def quantity(path: str, value: Any) -> None:  # noqa: ANN401 (any JSON value)
    """`{"value": 5.0, "unit": "A.h"}`; the unit's spelling is kept as it was given."""
    an_object(path, value)
    number = value.get("value")
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise FieldError(f"{path}.value", f"must be a number, not {kind_of(number)}")
    if "unit" in value:
        text(100)(f"{path}.unit", value["unit"])


def quantities(path: str, value: Any) -> None:  # noqa: ANN401 (any JSON value)
    """An object of quantities."""
    an_object(path, value)
    for name, each in value.items():
        quantity(f"{path}.{name}", each)


def name(path: str, value: Any) -> str:  # noqa: ANN401 (any JSON value)
    """1 to 200 characters on one line, at least one of them visible. Quotes, `%` and emoji are names like any other."""
    text(200)(path, value)
    kinds = [unicodedata.category(character) for character in value]
    if any(kind in ("Cc", "Cs", "Zl", "Zp") for kind in kinds):
        raise FieldError(path, "has a control character; leave out tabs, line breaks and the like")
    if all(kind[0] in "ZC" for kind in kinds):
        raise FieldError(path, "is empty; give it 1 to 200 visible characters")
    return str(value)


def kind_of(value: Any) -> str:  # noqa: ANN401 (any JSON value)
    """What JSON calls it."""
    for kinds, word in ((bool, "a boolean"), (str, "text"), (int | float, "a number"), (list, "a list")):
        if isinstance(value, kinds):
            return word
    return "nothing" if value is None else "an object"

"""A plain mapping (of JSON, or of Python) as the values that a YAML file gives, so that one reader checks both."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.configuration.document import Place, Value

MAX_DEPTH = 4
MAX_ENTRIES = 100


def value_of(content: object, name: str) -> Value:
    """`content` with its places; ConfigError for what no JSON could hold, or what is too large. `name` is no file's."""
    return _value(content, Place(name, 0, ""), 0)


def _value(content: object, place: Place, depth: int) -> Value:
    if content is None or isinstance(content, str | int | float | bool):
        return Value(content, place)
    if not isinstance(content, Mapping | list | tuple):
        place.refuse(f"{type(content).__name__} is neither text, number, true or false, list nor mapping")
    if depth == MAX_DEPTH or len(content) > MAX_ENTRIES:
        place.refuse(f"more than {MAX_ENTRIES} entries or {MAX_DEPTH} levels")
    if isinstance(content, Mapping):
        entries = {_key(key, place): value for key, value in content.items()}
        return Value({key: _value(value, _at(place, key), depth + 1) for key, value in entries.items()}, place)
    items = (_value(item, _at(place, str(index)), depth + 1) for index, item in enumerate(content))
    return Value(list(items), place)


def _key(key: object, place: Place) -> str:
    """A trailing underscore goes, so that Python's own words can be given by name: `from_`, `for_`."""
    if not isinstance(key, str):
        place.refuse(f"the key {key!r:.40} is not text")
    return key.removesuffix("_")


def _at(place: Place, key: str) -> Place:
    return Place(place.file, place.line, f"{place.key}.{key:.40}".lstrip("."))

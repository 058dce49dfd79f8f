"""A YAML file whose every value knows its line, so that a refusal can say where it is.

Hostile files are refused before they cost anything: too large, too deep, or growing through aliases. A key given twice
is refused too: YAML would silently keep the last one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import yaml
from yaml.constructor import SafeConstructor

from emulator.errors import ConfigError

MAX_BYTES = 1_048_576
MAX_DEPTH = 16
MAX_VALUES = 50_000
"""How many values a file may hold once its aliases are written out."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "tag:yaml.org,2002:merge"

Scalar: TypeAlias = "str | int | float | bool | None"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: file, line (from 1) and dotted key."""

    file: str
    line: int
    key: str

    def refuse(self, reason: str) -> NoReturn:
        """Raise ConfigError for this place."""
        raise ConfigError(self.file, self.line, self.key, reason)


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar, a list of values or a mapping of values by key, and its place."""

    content: Scalar | list[Value] | dict[str, Value]
    place: Place


def load(path: Path) -> Value:
    """Read one YAML document; ConfigError when it cannot be read, is not YAML, or is hostile."""
    return parse(_read(path), path.name)


def parse(text: str, file: str) -> Value:
    """Read one YAML document from text; `file` is what refusals call it."""
    top = Place(file, 1, "")
    try:
        _check_depth(text, top)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        Place(file, mark.line + 1 if mark else 1, "").refuse(f"not YAML: {problem}")
    if node is None:
        top.refuse("the file is empty; a panel needs panel_config, circuit_templates and circuits")
    return _Reader(file).value(node, "", depth=0)


def _read(path: Path) -> str:
    top = Place(path.name, 1, "")
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        top.refuse(f"cannot be read ({error.strerror or error}); give the path of a YAML file")
    if len(raw) > MAX_BYTES:
        top.refuse(f"larger than {MAX_BYTES} bytes; a panel's file is a few kilobytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        top.refuse("not UTF-8 text")


def _check_depth(text: str, top: Place) -> None:
    """Before composing, which recurses: a megabyte of brackets must not reach the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            top.refuse(f"nested deeper than {MAX_DEPTH} levels")


class _Reader:
    """Turns composed nodes into values, counting as it writes aliases out."""

    def __init__(self, file: str) -> None:
        self._file, self._seen = file, 0
        self._scalars = SafeConstructor()

    def value(self, node: yaml.Node, key: str, depth: int) -> Value:
        place = Place(self._file, node.start_mark.line + 1, key)
        self._seen += 1
        if self._seen > MAX_VALUES or depth > MAX_DEPTH:
            place.refuse(f"more than {MAX_VALUES} values or {MAX_DEPTH} levels once aliases are written out")
        if isinstance(node, yaml.MappingNode):
            return Value(self._mapping(node, place, depth), place)
        if isinstance(node, yaml.SequenceNode):
            items = [self.value(item, f"{key}[{index}]", depth + 1) for index, item in enumerate(node.value)]
            return Value(items, place)
        return Value(self._scalar(node, place), place)

    def _mapping(self, node: yaml.MappingNode, place: Place, depth: int) -> dict[str, Value]:
        own: dict[str, Value] = {}
        merged: dict[str, Value] = {}
        for name, item in node.value:
            if name.tag == _MERGE:
                for parent in self._parents(item):
                    merged = {**self._mapping(parent, place, depth + 1), **merged}
                continue
            text = self._key(name, place)
            if text in own:
                Place(self._file, name.start_mark.line + 1, _join(place.key, text)).refuse("given twice; keep one")
            own[text] = self.value(item, _join(place.key, text), depth + 1)
        return {**merged, **own}

    def _parents(self, item: yaml.Node) -> Iterator[yaml.MappingNode]:
        for parent in item.value if isinstance(item, yaml.SequenceNode) else [item]:
            if not isinstance(parent, yaml.MappingNode):
                Place(self._file, item.start_mark.line + 1, "<<").refuse("merges something that is not a mapping")
            self._seen += len(parent.value)
            yield parent

    def _key(self, name: yaml.Node, place: Place) -> str:
        if not isinstance(name, yaml.ScalarNode):
            Place(self._file, name.start_mark.line + 1, place.key).refuse("a key must be a word or a number")
        return str(name.value)

    def _scalar(self, node: yaml.Node, place: Place) -> Scalar:
        try:
            content = self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError, TypeError) as error:
            place.refuse(f"not a plain value: {str(error).splitlines()[0][:120]}")
        if content is None or isinstance(content, str | int | float | bool):
            return content
        return str(node.value)  # dates stay text; only their reader knows the zone


def _join(parent: str, key: str) -> str:
    return f"{parent}.{key}" if parent else key

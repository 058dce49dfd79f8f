"""A plan's YAML, with the line of each value: plain data only, and of bounded size and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import yaml

from server.plant.sweep.errors import PlanError
from server.plant.sweep.limits import SweepLimits

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"[-+]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][-+]?\d{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[-+]?\d{1,18}", re.ASCII)
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
SHOWN = 60
"""Characters of a refused text that are said again."""

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of the file. `key` is its path in the file, dotted; `value` is a scalar, a list or a mapping."""

    file: str
    line: int
    key: str
    value: Scalar | list[Entry] | dict[str, Entry]

    def error(self, wanted: str) -> PlanError:
        """The refusal of this value: where, what, and what is wanted."""
        return PlanError(f"{self.file}:{self.line}: {short(self.key) or 'the file'} {wanted}")

    def refused(self, wanted: str) -> PlanError:
        """The refusal that says the value again."""
        return self.error(f"is {self.shown}; {wanted}")

    @property
    def shown(self) -> str:
        """The value, short."""
        if isinstance(self.value, dict | list):
            return "a mapping" if isinstance(self.value, dict) else "a list"
        return "empty" if self.value is None else short(repr(self.value))

    def mapping(self, wanted: str) -> dict[str, Entry]:
        """Its entries; PlanError where it is none."""
        if isinstance(self.value, dict):
            return self.value
        raise self.refused(wanted)


def read_document(path: Path, limits: SweepLimits) -> Entry:
    """The file's one document. PlanError: not readable, too large, no YAML, or more than plain data."""
    text = _text(path, limits)
    try:
        _check(path, text, limits)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = 1 if error.problem_mark is None else error.problem_mark.line + 1
        raise PlanError(f"{path}:{line}: this is not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise PlanError(f"{path}: this is not YAML: {str(error).splitlines()[0]}") from None
    if node is None:
        raise PlanError(f"{path}: the file is empty; a plan has at least `batches`")
    return _entry(str(path), node, "")


def _text(path: Path, limits: SweepLimits) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(limits.file_bytes + 1)
    except OSError as error:
        raise PlanError(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > limits.file_bytes:
        raise PlanError(f"{path} is larger than {limits.file_bytes} bytes, the most that a plan may have")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PlanError(f"{path}:{line}: this is not UTF-8 text; save the plan as UTF-8") from None


def _check(path: Path, text: str, limits: SweepLimits) -> None:
    """Refuse, before anything is built, what could grow or be more than data."""
    depth = documents = 0
    events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        where = f"{path}:{event.start_mark.line + 1}:"
        if depth > limits.depth:
            raise PlanError(f"{where} more than {limits.depth} levels within one another; a plan needs four")
        if documents > 1:
            raise PlanError(f"{where} a second document begins; a file holds one plan")
        if getattr(event, "anchor", None) is not None:
            raise PlanError(f"{where} anchors and aliases (& and *) are not read; write the values out")
        if getattr(event, "tag", None) is not None:
            raise PlanError(f"{where} the tag {short(event.tag)} is not read; write plain numbers and words")


def _entry(file: str, node: yaml.Node, key: str) -> Entry:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return Entry(file, line, key, node.value if node.style else scalar(node.value))
    if isinstance(node, yaml.SequenceNode):
        items = [_entry(file, item, f"{key}[{number}]") for number, item in enumerate(node.value)]
        return Entry(file, line, key, items)
    found: dict[str, Entry] = {}
    for name, value in _pairs(file, node):
        if name in found:
            raise PlanError(f"{file}:{value.start_mark.line + 1}: {short(name)} stands twice; give it once")
        found[name] = _entry(file, value, f"{key}.{name}" if key else name)
    return Entry(file, line, key, found)


def _pairs(file: str, node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    for name, value in node.value:
        if not isinstance(name, yaml.ScalarNode):
            raise PlanError(f"{file}:{name.start_mark.line + 1}: a key must be a word")
        yield name.value, value


def short(text: str) -> str:
    """The text on one line, and not much of it."""
    printed = "".join(character if character.isprintable() else "?" for character in text[: SHOWN + 1])
    return printed if len(printed) <= SHOWN else printed[:SHOWN] + "..."


def scalar(text: str) -> Scalar:
    """A plain word's meaning, as in JSON: YAML 1.1 would take 5e-6 for text, 1:30 for 90 and `no` for false."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and isfinite(number := float(text)):
        return number
    return text

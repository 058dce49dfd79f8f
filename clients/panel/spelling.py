"""How a noun of ours also answers to the names that span-panel-api 1.1.3 uses."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class Also(Generic[T]):
    """A second, read-only name of the attribute at `path`, as in `instant_power_w = Also[float]("power_w")`."""

    def __init__(self, path: str) -> None:
        self._read = attrgetter(path)
        self.__doc__ = f"The name that span-panel-api 1.1.3 gives to `{path}`."

    @overload
    def __get__(self, noun: None, owner: type) -> Self: ...
    @overload
    def __get__(self, noun: object, owner: type) -> T: ...
    def __get__(self, noun: object | None, owner: type) -> Self | T:
        """The value, or this descriptor when asked of the class."""
        if noun is None:
            return self
        value: Any = self._read(noun)
        return value  # type: ignore[no-any-return]

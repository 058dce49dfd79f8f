"""How long the client waits and how often it tries: readable, and settable at any time."""

from __future__ import annotations

import math
from typing import Self, overload


class Bounded:
    """A number attribute that refuses anything outside [low, high] with a ValueError that says what is allowed."""

    def __init__(self, low: float, high: float, *, whole: bool = False) -> None:
        self._low, self._high, self._whole = low, high, whole
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...
    @overload
    def __get__(self, holder: object, owner: type) -> float: ...
    def __get__(self, holder: object | None, owner: type) -> Self | float:
        """The value; this descriptor when asked of the class."""
        if holder is None:
            return self
        value: float = vars(holder)[self._name]
        return value

    def __set__(self, holder: object, value: float) -> None:
        """Keep the value if it is allowed. ValueError."""
        kinds = int if self._whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not self._low <= value <= self._high:
            what = "a whole number" if self._whole else "a number"
            raise ValueError(f"{self._name} {value!r:.40} is not {what} from {self._low:g} to {self._high:g}")
        vars(holder)[self._name] = value


class Patience:
    """Times in seconds. `timeout` bounds each whole attempt; `retries` follow the first one."""

    timeout = Bounded(0.001, 3_600)
    retries = Bounded(0, 1_000, whole=True)
    retry_timeout = Bounded(0, 3_600)
    retry_backoff_multiplier = Bounded(1, 1_000)

    def __init__(
        self,
        timeout: float = 30.0,
        retries: int = 0,
        retry_timeout: float = 0.5,
        retry_backoff_multiplier: float = 2.0,
    ) -> None:
        self.timeout = timeout
        self.retries = retries
        self.retry_timeout = retry_timeout
        self.retry_backoff_multiplier = retry_backoff_multiplier

    def wait_s(self, attempt: int) -> float:
        """How long to wait after this attempt, counted from 0: retry_timeout * multiplier ** attempt."""
        try:
            return self.retry_timeout * self.retry_backoff_multiplier**attempt
        except OverflowError:
            return math.inf if self.retry_timeout else 0.0

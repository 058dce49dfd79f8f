"""What the client does, without doing it: operations are generators that yield steps and are sent their results.

An operation is written once. `clients/cells/blocking.py` runs it with threads, `clients/cells/concurrent.py` on an
event loop; both throw a failing step's error into it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeAlias, TypeVar, cast, overload

from clients.cells.errors import CellsConnectionError, CellsError, CellsTimeoutError
from clients.http import Answer

T = TypeVar("T")
U = TypeVar("U")
P = ParamSpec("P")

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Operation: TypeAlias = "Generator[Step, Any, T]"


@dataclass(frozen=True, slots=True)
class Request:
    """One call of the REST face. `path` begins with a slash; `is_slow` ones have the server digest an upload."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    is_slow: bool = False


@dataclass(frozen=True, slots=True)
class Transfer:
    """Bytes from, or to, a signed address, which gets no key. A file is read while it is sent."""

    method: str
    url: str
    body: bytes | Path | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP exchange. `timeout_s` bounds it as a whole where there is one, `pause_s` each wait within it."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | Path | None
    timeout_s: float | None
    pause_s: float
    connect_s: float
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Pause:
    """So many seconds of nothing."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """Something that takes the processor or the disk for a while: never on an event loop."""

    function: Callable[[], object]


class Together:
    """Operations of which several run at a time. Each ends in a result or a CellsError; none ends the others.

    Only when the server is out of reach, those that have not begun stay so, and end in the same error; and any other
    exception is nobody's outcome, but the group's end.
    """

    def __init__(self, operations: Sequence[Operation[object]]) -> None:
        self._waiting = list(enumerate(operations))[::-1]
        self._outcomes: list[object] = [None] * len(operations)
        self._lost: CellsError | None = None
        self._broken: Exception | None = None

    def __len__(self) -> int:
        """How many have not begun."""
        return len(self._waiting)

    def next(self) -> tuple[int, Operation[object]] | None:
        """The next one to run, with its place; None when no more are to be begun."""
        while self._waiting:
            place, operation = self._waiting.pop()
            if self._lost is None:
                return place, operation
            self._outcomes[place] = self._lost
            operation.close()
        return None

    def ended(self, place: int, outcome: object) -> None:
        """Keep this one's result or exception."""
        self._outcomes[place] = outcome
        if isinstance(outcome, CellsConnectionError | CellsTimeoutError):
            self._lost = outcome
        elif isinstance(outcome, Exception) and not isinstance(outcome, CellsError):
            self._broken = outcome
            self.abandon()

    def abandon(self) -> None:
        """Begin no more of them."""
        while self._waiting:
            self._waiting.pop()[1].close()

    def results(self) -> list[object]:
        """The outcomes, in order."""
        if self._broken is not None:
            raise self._broken
        return self._outcomes


Step = Request | Transfer | Attempt | Pause | Work | Together


def ask(request: Request) -> Operation[Json]:
    """The parsed answer, None for an empty one. Raises CellsError."""
    answer: Json = yield request
    return answer


def transferred(transfer: Transfer) -> Operation[bytes]:
    """The bytes that came back. Raises CellsError."""
    body: bytes = yield transfer
    return body


def attempted(attempt: Attempt) -> Operation[Answer]:
    """Whatever status. Raises CellsConnectionError and CellsTimeoutError."""
    answer: Answer = yield attempt
    return answer


def worked(function: Callable[[], T]) -> Operation[T]:
    """The function's result."""
    result: T = yield Work(function)
    return result


def together(operations: Sequence[Operation[T]]) -> Operation[list[T | CellsError]]:
    """The outcome of each, in order."""
    outcomes = yield Together(cast("Sequence[Operation[object]]", operations))
    return cast("list[T | CellsError]", outcomes)


def alongside(first: Operation[T], others: Sequence[Operation[U]]) -> Operation[tuple[T, list[U | CellsError]]]:
    """The first one's result, and the outcomes of the others. Raises the first one's error, once all have ended."""
    one, *outcomes = yield from together(cast("Sequence[Operation[T | U]]", (first, *others)))
    if isinstance(one, CellsError):
        raise one
    return cast("T", one), cast("list[U | CellsError]", outcomes)


class Plain:
    """Holds operations, and gives them out as they are."""

    def _run(self, function: Callable[..., Operation[T]]) -> Callable[..., object]:
        return functools.partial(function, self)


class Blocking(Plain):
    """A face whose operations are methods that return their result."""


class Awaitable(Plain):
    """A face whose operations are coroutine methods."""


class operation(Generic[P, T]):  # noqa: N801 - used as a decorator
    """A method written as a generator. What it is on an object depends on the object's face: see the overloads."""

    def __init__(self, function: Callable[Concatenate[Any, P], Operation[T]]) -> None:
        self._function = function
        functools.update_wrapper(cast("Callable[..., object]", self), function)

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...
    @overload
    def __get__(self, holder: Blocking, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, holder: Awaitable, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, holder: Plain, owner: type) -> Callable[P, Operation[T]]: ...
    def __get__(self, holder: Plain | None, owner: type) -> object:
        """The method; this descriptor when asked of the class."""
        return self if holder is None else holder._run(self._function)  # noqa: SLF001 - its other half

"""An event loop whose clock jumps to the next timer instead of waiting for it: a day of time-outs in a moment."""

from __future__ import annotations

import asyncio
import selectors


class _Jumping(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        found: list[tuple[selectors.SelectorKey, int]] = super().select(0 if timeout is not None else None)
        return found


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """`time()` starts at 0 and moves only when every task waits. Only for code that talks to no real socket."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


VIRTUAL_TIME = ("asyncio", {"loop_factory": VirtualTimeLoop})

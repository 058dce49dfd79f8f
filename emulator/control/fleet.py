"""The control of all panels of a process: finds them, and carries out commands one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from emulator.control.controlled import Controlled
from emulator.control.log import Done
from emulator.control.panel import TABLE, PanelControl
from emulator.control.plan import Plan
from emulator.control.values import MAX_JUMP_S
from emulator.control.verbs import Verb
from emulator.errors import ControlRefusedError
from emulator.panel import EmulatedPanel
from emulator.scenarios import play_on

ALL = "*"


class Control:
    """The panels under control, in their order; `by` is who commands when Python code does.

    `EmulatedPanel.control` is that of the last Control that a panel was given to.
    """

    def __init__(
        self,
        panels: Sequence[EmulatedPanel],
        ports: Sequence[int] = (),
        *,
        by: str = "python",
        reserved: Iterable[str] = (),
    ) -> None:
        """`reserved` are serials that no panel may be swapped for."""
        self.panels = [PanelControl(panel, self, by=by) for panel in panels]
        self.listens_at(ports)
        for panel, controlled in zip(panels, self.panels, strict=True):
            panel.control = controlled
        self._reserved = frozenset(reserved)
        self._orders = count(1)
        self._turn = asyncio.Lock()

    def listens_at(self, ports: Iterable[int]) -> None:
        """Know the panels by their ports too."""
        for controlled, port in zip(self.panels, ports, strict=False):
            controlled.port = port

    def select(self, address: str = ALL) -> list[PanelControl]:
        """The panel of that serial or at that port, or all for `*`; ControlRefusedError lists them."""
        if address == ALL:
            return self.panels
        found = [one for one in self.panels if one.serial == address]
        found = found or [one for one in self.panels if one.port is not None and str(one.port) == address]
        if found:
            return found
        listed = [f"{one.serial} ({one.port})" if one.port else one.serial for one in self.panels]
        raise ControlRefusedError(f"no panel has the serial or port {address[:64]!r}", "panel", [*listed, ALL], 404)

    def do(self, verb: Verb, selected: Sequence[Controlled], arguments: Mapping[str, Any], by: str) -> list[Done]:
        """Plan for each of them, and when none refuses, carry out; ControlRefusedError, and nothing has changed."""
        done: list[Done] = []
        for _ in self._work(verb, selected, arguments, by, done):
            pass
        return done

    async def do_in_turn(
        self, verb: Verb, selected: Sequence[Controlled], arguments: Mapping[str, Any], by: str
    ) -> list[Done]:
        """The same after those that came before, and with turns for everybody else while simulated time passes."""
        done: list[Done] = []
        async with self._turn:
            for _ in self._work(verb, selected, arguments, by, done):
                await asyncio.sleep(0)
        return done

    def play(self, source: str) -> None:
        """Play a scenario, from a file too, on all panels; EmulatorError, and none plays it then."""
        scenario = play_on([one.panel for one in self.panels], source)
        for one in self.panels:
            one.noted(TABLE["scenarios/play"], {"scenario": source}, scenario.by)

    def next_order(self) -> int:
        """The number of the next command, counted over all panels."""
        return next(self._orders)

    def taken_serials(self) -> set[str]:
        """Those that panels have, and those that they get back with a reset."""
        own = {serial for one in self.panels for serial in (one.serial, one.panel.device.config.serial)}
        return own | self._reserved

    def _work(
        self,
        verb: Verb,
        selected: Sequence[Controlled],
        arguments: Mapping[str, Any],
        by: str,
        done: list[Done],
    ) -> Iterator[None]:
        for one in selected:
            one.panel.now()  # has what a scenario was to do done before
        plans: list[Plan] = [verb.function(one, **arguments) for one in selected]
        _must_be_short(sum(plan.passes_s for plan in plans), len(plans))
        for one, plan in zip(selected, plans, strict=True):
            yield from plan.pieces()
            one.catch_up()
            answer = plan.finish()
            entry = one.noted(verb, arguments if plan.logged is None else plan.logged, by)
            done.append(Done(one.serial, entry, answer))
            if not plan.is_brief:
                yield


def _must_be_short(passes_s: int, panels: int) -> None:
    if passes_s > MAX_JUMP_S:
        reason = f"{passes_s} simulated seconds, summed over {panels} panels, are too many for one command"
        raise ControlRefusedError(reason, "time", [f"up to {MAX_JUMP_S // panels} s on each"])

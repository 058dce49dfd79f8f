"""A panel that is not there: the emulator in this process, behind the client's own HTTP.

Needs the emulator package, which is imported when the first simulated client is made (as are its YAML file and numpy).
The same file, seed, start and calls at the same simulated times give the same answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from clients.panel.exceptions import SpanPanelRequestError
from clients.panel.models import RelayState
from clients.panel.wishes import priority, relay_state

if TYPE_CHECKING:
    from emulator.commands import Command
    from emulator.panel import EmulatedPanel

DEFAULT_PANEL = "house-32"
PROGRAM = "simulation"

CIRCUIT_KEYS = ("power_override", "power_multiplier", "relay_state", "priority")
GLOBAL_KEYS = ("power_multiplier", "time_acceleration")


class Simulation(httpx.AsyncBaseTransport):
    """One emulated panel, unlocked, with a client registered already; `token` is that client's.

    `serial` replaces the file's. `start` is ISO 8601, in the panel's own time zone if it has no offset; without it the
    file decides, or noon of a midsummer day. ValueError when the file or the start cannot be used.
    """

    def __init__(
        self,
        serial: str,
        *,
        config_path: str | None,
        start: str | None,
        seed: int,
        monotonic: Callable[[], float],
    ) -> None:
        from emulator import transport  # noqa: PLC0415 - lazily, as the module says

        self.dice = Random(seed)  # noqa: S311 - a die for varied readings, not for secrets
        self._panel = _panel(serial, config_path or DEFAULT_PANEL, start, seed, monotonic)
        self._monotonic = monotonic
        self._inner = transport(self._panel)
        self._offline_until = -math.inf
        self._undo: dict[tuple[str, str], Command] = {}
        self.token = self._panel.clients.register(PROGRAM, None, self._panel.clock.tick()).token

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The emulated panel's answer, or a connection error while it is offline."""
        if self._monotonic() < self._offline_until:
            raise httpx.ConnectError("the simulated panel is offline", request=request)
        return await self._inner.handle_async_request(request)

    def set_offline(self, minutes: float | None) -> None:
        """Be unreachable for so long (None: until told otherwise; 0: be back at once). SpanPanelRequestError."""
        if minutes is not None and (isinstance(minutes, bool) or not minutes >= 0):
            raise SpanPanelRequestError(f"minutes {minutes!r:.80} is not a number from 0 up, or None")
        self._offline_until = math.inf if minutes is None else self._monotonic() + minutes * 60

    def override(self, circuits: Mapping[str, Mapping[str, Any]] | None, everywhere: Mapping[str, Any] | None) -> None:
        """Hold or scale loads, and set relays and priorities, until `clear_overrides`.

        Circuits and keys are looked at before anything takes effect; a value that the panel refuses leaves standing
        what came before it. SpanPanelRequestError.
        """
        circuits, everywhere = circuits or {}, everywhere or {}
        _refuse_strangers(everywhere, GLOBAL_KEYS)
        for circuit_id, wishes in circuits.items():
            _refuse_strangers(wishes, CIRCUIT_KEYS)
            if self._panel.circuit(circuit_id) is None:
                raise SpanPanelRequestError(f"the simulated panel has no circuit {circuit_id!r:.80}")
        with _refusals():
            for circuit_id, wishes in circuits.items():
                self._override_circuit(circuit_id, wishes)
            self._override_everywhere(everywhere)

    def clear_overrides(self) -> None:
        """Every load follows its profile again, at the file's speed; relays and priorities go back too."""
        from emulator.commands import ClearOverrides  # noqa: PLC0415 - lazily, as the module says

        self._do(ClearOverrides())
        for command in self._undo.values():
            self._do(command)
        self._undo.clear()
        self._panel.clock.set_speed(self._panel.device.config.time_acceleration)

    def _override_circuit(self, circuit_id: str, wishes: Mapping[str, Any]) -> None:
        from emulator.commands import OverridePower, SetPriority, SetRelay  # noqa: PLC0415 - lazily

        if "power_override" in wishes:
            self._do(OverridePower(circuit_id, power_w=wishes["power_override"]))
        elif "power_multiplier" in wishes:
            self._do(OverridePower(circuit_id, multiplier=wishes["power_multiplier"]))
        before = self._panel.circuit(circuit_id)
        if "relay_state" in wishes and before is not None:
            self._do(SetRelay(circuit_id, closed=relay_state(wishes["relay_state"]) == RelayState.CLOSED))
            self._undo.setdefault((circuit_id, "relay"), SetRelay(circuit_id, closed=before.is_closed))
        if "priority" in wishes and before is not None:
            self._do(SetPriority(circuit_id, priority(wishes["priority"])))
            self._undo.setdefault((circuit_id, "priority"), SetPriority(circuit_id, before.priority))

    def _override_everywhere(self, wishes: Mapping[str, Any]) -> None:
        from emulator.commands import OverridePower  # noqa: PLC0415 - lazily, as the module says

        if "power_multiplier" in wishes:
            self._do(OverridePower(None, multiplier=wishes["power_multiplier"]))
        if "time_acceleration" in wishes:
            self._panel.clock.set_speed(wishes["time_acceleration"])

    def _do(self, command: Command) -> None:
        self._panel.command(command, by=PROGRAM)


@contextmanager
def _refusals() -> Iterator[None]:
    """What the emulated panel refuses, in the client's own words."""
    from emulator.errors import EmulatorError  # noqa: PLC0415 - lazily, as the module says

    try:
        yield
    except EmulatorError as error:
        raise SpanPanelRequestError(f"the simulated panel refused the override: {error}") from error


def _panel(
    serial: str, config_path: str, start: str | None, seed: int, monotonic: Callable[[], float]
) -> EmulatedPanel:
    from emulator.configuration.config import load_panel  # noqa: PLC0415 - lazily, as the module says
    from emulator.errors import EmulatorError  # noqa: PLC0415
    from emulator.fleet import start_of  # noqa: PLC0415
    from emulator.panel import DEFAULT_START, EmulatedPanel, find_panel  # noqa: PLC0415

    try:
        config = load_panel(find_panel(config_path)).with_serial(serial)
        return EmulatedPanel.create(
            config,
            seed=seed,
            start=start_of(config, start, DEFAULT_START),
            speed=config.time_acceleration,
            unlocked=True,
            monotonic=monotonic,
        )
    except EmulatorError as error:
        raise ValueError(str(error)) from error


def _refuse_strangers(wishes: Mapping[str, Any], known: tuple[str, ...]) -> None:
    strangers = [key for key in wishes if key not in known]
    if strangers:
        raise SpanPanelRequestError(f"override {strangers[0]!r:.80} is not one of {', '.join(known)}")

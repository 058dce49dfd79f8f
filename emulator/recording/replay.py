"""A panel that shows a capture, by its own clock.

At each second of the panel's time a route answers what it had last answered by that second of the recording (offsets
rounded down), its first answer until then, and its last one for ever after. Routes that were not recorded are 404.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path

from emulator.clock import PanelClock
from emulator.commands import Command
from emulator.device import Device
from emulator.errors import CommandRefusedError
from emulator.firmware import API, DEFAULT_FIRMWARE, Firmware, firmware_named
from emulator.http.exchange import Refusal, Request, Response
from emulator.panel import EmulatedPanel, epoch_tick
from emulator.recording.capture import Answer, Capture, read_capture
from emulator.recording.standin import standin

MAX_LISTED = 30
"""Routes that a 404 names."""

CHANGES_NOTHING = "this panel is a recording: it shows what was recorded, and cannot be changed"


class Route:
    """What one path answered, and from which second of the recording on."""

    def __init__(self) -> None:
        self._seconds: list[int] = []
        self._responses: list[Response] = []

    def add(self, at_s: float, response: Response) -> None:
        """Later than all before it."""
        self._seconds.append(int(at_s))
        self._responses.append(response)

    def at(self, second: int) -> Response:
        """The last answer by then, or the first there is."""
        return self._responses[max(bisect_right(self._seconds, second) - 1, 0)]


class ReplayedPanel(EmulatedPanel):
    """Registers clients and wants tokens as any panel; what it shows comes from the capture, and nothing changes it."""

    def __init__(
        self,
        capture: Capture,
        clock: PanelClock,
        *,
        seed: int,
        unlocked: bool,
        firmware: Firmware,
        monotonic: Callable[[], float],
    ) -> None:
        device = Device(standin(capture), seed=seed, start=clock.tick())
        super().__init__(device, clock, seed=seed, unlocked=unlocked, firmware=firmware, monotonic=monotonic)
        self._routes = _routes(capture.answers)

    def replayed(self, request: Request) -> Response | None:
        """What the capture answers; None for registering clients, which is as alive as ever. Refusal 404, 409."""
        if request.path.startswith(f"{API}/auth"):
            return None
        if request.method != "GET":
            raise Refusal(409, CHANGES_NOTHING)
        route = self._routes.get(request.path)
        if route is None:
            recorded = ", ".join(path.removeprefix(API) for path in islice(self._routes, MAX_LISTED))
            raise Refusal(404, f"not in this recording, which has {recorded}")
        return route.at(self.clock.tick() - self._began)

    def check(self, *commands: Command) -> None:  # noqa: ARG002  # as any panel's
        """Refuse: CommandRefusedError. Time, door, clients and faults are not the device's."""
        raise CommandRefusedError(CHANGES_NOTHING, "replay")

    def command(self, command: Command, *, by: str = "") -> None:  # noqa: ARG002  # as any panel's
        """Refuse, as `check` does."""
        self.check(command)


def replayed_panel(
    path: Path,
    *,
    seed: int = 0,
    start: datetime | int | None = None,
    speed: float = 1.0,
    unlocked: bool = False,
    firmware: str = DEFAULT_FIRMWARE,
    monotonic: Callable[[], float] = time.monotonic,
) -> ReplayedPanel:
    """The panel of a capture, its clock beginning when that was recorded, or at `start`.

    CaptureError, ClockRefusedError, UnknownFirmwareError.
    """
    capture = read_capture(path)
    begins = capture.header.recorded_at if start is None else start
    clock = PanelClock(epoch_tick(begins), speed=speed, monotonic=monotonic)
    release = firmware_named(firmware)
    return ReplayedPanel(capture, clock, seed=seed, unlocked=unlocked, firmware=release, monotonic=monotonic)


def _routes(answers: Iterable[Answer]) -> dict[str, Route]:
    """The answers by path; equal ones are kept once."""
    routes: dict[str, Route] = {}
    kept: dict[tuple[int, bytes, tuple[tuple[str, str], ...]], Response] = {}
    for answer in answers:
        headers = tuple(answer.headers.items())
        key = (answer.status, answer.content, headers)
        if key not in kept:
            encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
            kept[key] = Response(answer.status, answer.content, encoded)
        routes.setdefault(answer.path, Route()).add(answer.at_s, kept[key])
    return routes

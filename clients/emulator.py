"""The client of the emulator's control: everything that can be done to emulated panels, over HTTP.

ClientAnswerError
└── EmulatorRefusedError    the control refused; nothing has changed, and `possible` lists what it takes

Besides, it raises ClientConnectionError, ClientTimeoutError, ClientAuthError and ClientAnswerError as they are. The
verbs and their arguments are those of the control's own page, `<url>/docs`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, NoReturn, Self
from urllib.parse import quote

import httpx
import orjson

from clients.errors import ClientAnswerError, ClientAuthError, ClientConnectionError, ClientTimeoutError
from clients.http import exchange, http_address, open_client

DEFAULT_URL = "http://127.0.0.1:8179"
ALL = "*"
MAX_ANSWER_BYTES = 64_000_000
"""A whole command log or journal of many panels fits."""

Arguments = Mapping[str, Any]
Position = Literal["OPEN", "CLOSED"]


class EmulatorRefusedError(ClientAnswerError):
    """Raised when the control refuses (4xx). `where` names the field at fault."""

    def __init__(self, detail: str, status_code: int, where: str, possible: Sequence[str]) -> None:
        super().__init__(detail, status_code)
        self.where, self.possible = where, list(possible)


@dataclass(frozen=True, slots=True)
class Change:
    """One command as one panel has obeyed it; `order` counts the commands to all panels, `tick` is the panel's time."""

    serial: str
    order: int
    tick: int
    by: str
    verb: str
    answer: dict[str, Any]


class EmulatorClient:
    """The control at one address, used as `async with EmulatorClient(url) as emulator`.

    `name` is who the command log says it was; `timeout_s` is for a whole answer, so for the whole of a jump. `panel` is
    a serial, a port, or `*` for all panels.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        token: str | None = None,
        name: str | None = None,
        timeout_s: float = 120.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Raises ValueError for what is no HTTP address, and for what a header cannot hold."""
        self._url = http_address(url, "an emulator's control", DEFAULT_URL).rstrip("/")
        self._timeout_s = timeout_s
        self._http = open_client(self._url, transport)
        if token is not None:
            self._http.headers["authorization"] = f"Bearer {_plain(token, 'token')}"
        if name is not None:
            self._http.headers["x-busbar-as"] = _plain(name, "name")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def panels(self) -> list[dict[str, Any]]:
        """Every panel: serial, port, size, time."""
        return self._rows(await self._send(self._http.build_request("GET", "/panels")), "panels")

    async def read(self, verb: str, panel: str = ALL, **filters: str | int) -> list[dict[str, Any]]:
        """What a verb that only looks answers (state, journal, commands, faults, scenarios), panel by panel."""
        request = self._http.build_request("GET", _path(panel, verb), params=filters)
        return self._rows(await self._send(request), "panels")

    async def change(self, verb: str, arguments: Arguments | None = None, panel: str = ALL) -> list[Change]:
        """Have a verb done, and what each panel answered once it was; a refused one has changed nothing anywhere.

        Raises ValueError for what JSON cannot hold, such as NaN.
        """
        headers = {"content-type": "application/json"}
        content = json.dumps(dict(arguments or {}), allow_nan=False)  # orjson would make null of NaN
        request = self._http.build_request("POST", _path(panel, verb), content=content, headers=headers)
        return [self._change(row) for row in self._rows(await self._send(request), "done")]

    async def state(self, panel: str = ALL) -> list[dict[str, Any]]:
        """What each panel really is: W (positive = consumption), Wh, settings, clock, door, clients, trouble."""
        return await self.read("state", panel)

    async def advance(
        self, powers: Mapping[str, float | None], to: int | None = None, panel: str = ALL
    ) -> list[Change]:
        """Go to the time `to` (epoch seconds), then hold circuits, by id or name, at W; None lets one go."""
        return await self.change("advance", {"powers": dict(powers), **({} if to is None else {"to": to})}, panel)

    async def power(self, target: str | int, power_w: float, panel: str = ALL) -> list[Change]:
        """Hold a circuit (id or name) or an unmapped tab at W, positive = consumption, until it is cleared."""
        return await self.change("power", {"target": target, "power_w": power_w}, panel)

    async def clear(self, target: str | int | None = None, panel: str = ALL) -> list[Change]:
        """Let a circuit, a tab or everything be as configured again."""
        return await self.change("clear", {} if target is None else {"target": target}, panel)

    async def relay(self, circuit: str, position: Position, panel: str = ALL) -> list[Change]:
        """Open or close a circuit's relay."""
        return await self.change("relay", {"circuit": circuit, "position": position}, panel)

    async def jump(self, to: int | str, panel: str = ALL) -> list[Change]:
        """Go to a time, epoch seconds or ISO 8601, and return when the physics is there."""
        return await self.change("jump", {"to": to}, panel)

    async def step(self, seconds: int, panel: str = ALL) -> list[Change]:
        """Go so many seconds ahead, and return when the physics is there."""
        return await self.change("step", {"seconds": seconds}, panel)

    async def freeze(self, panel: str = ALL) -> list[Change]:
        """Let time stand still."""
        return await self.change("freeze", panel=panel)

    async def speed(self, speed: float, panel: str = ALL) -> list[Change]:
        """Let time run, 0 to 3600 seconds per second."""
        return await self.change("speed", {"speed": speed}, panel)

    async def grid(self, panel: str = ALL, *, up: bool) -> list[Change]:
        """Let the utility fail or return."""
        return await self.change("grid", {"up": up}, panel)

    async def reset(self, panel: str = ALL) -> list[Change]:
        """Be as when started: nothing that was done since is left."""
        return await self.change("reset", panel=panel)

    async def _send(self, request: httpx.Request) -> Any:  # noqa: ANN401  # JSON of whatever shape
        changes = request.method != "GET"
        try:
            answer = await exchange(self._http, request, timeout_s=self._timeout_s, max_bytes=MAX_ANSWER_BYTES)
        except TimeoutError:
            reason = f"{self._url} did not answer within {self._timeout_s:g} s"
            raise ClientTimeoutError(reason, outcome_unknown=changes) from None
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            reason = f"no emulator's control answers at {self._url} ({why}); start one: busbar emulate"
            unknown = changes and not isinstance(error, httpx.ConnectError)
            raise ClientConnectionError(reason, outcome_unknown=unknown) from error
        try:
            told = orjson.loads(answer.body) if answer.refused is None else None
        except orjson.JSONDecodeError:
            told = None
        if answer.status != httpx.codes.OK:
            self._refuse(answer.status, told)
        return told

    def _refuse(self, status: int, told: object) -> NoReturn:
        if not isinstance(told, dict) or not isinstance(told.get("detail"), str):
            raise ClientAnswerError(f"{self._url} answered {status}, and is no emulator's control", status)
        if status == httpx.codes.UNAUTHORIZED:
            raise ClientAuthError(f"{self._url}: {told['detail']}", status)
        possible = told.get("possible")
        listed = [str(one) for one in possible] if isinstance(possible, list) else []
        raise EmulatorRefusedError(told["detail"], status, str(told.get("where", "")), listed)

    def _rows(self, told: object, key: str) -> list[dict[str, Any]]:
        rows = told.get(key) if isinstance(told, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ClientAnswerError(f"{self._url} answered without {key!r}, and is no emulator's control")
        return rows

    def _change(self, row: dict[str, Any]) -> Change:
        try:
            return Change(row["serial"], row["order"], row["tick"], row["by"], row["verb"], row["answer"])
        except KeyError as error:
            raise ClientAnswerError(f"{self._url} answered a change without {error}") from None


def _path(panel: str, verb: str) -> str:
    return f"/panels/{quote(panel, safe='*')}/{verb}"


def _plain(text: str, what: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise ValueError(f"the {what} may only have printable ASCII characters")
    return text

"""The control as one ASGI application, on a port of its own: `/panels/{serial}/{verb}`, `*` or no panel for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import unquote

from emulator.control.body import MAX_BODY_BYTES, MAX_LOG_BYTES, json_object, query_fields, read_body
from emulator.control.fleet import ALL, Control
from emulator.control.guard import Guard, who
from emulator.control.openapi import DOCUMENT, PAGE, document, page
from emulator.control.panel import TABLE, PanelControl
from emulator.control.verbs import Verb
from emulator.errors import ControlRefusedError, EmulatorError
from emulator.face.pages import pages
from emulator.http.app import Receive, Scope, Send
from emulator.http.exchange import Request, Response

PANELS = "panels"
STATE = "state"

Pages = Mapping[str, Callable[[], Response]]


class ControlApp:
    """Answers controllers. Its pages are open to whoever names the host right: they tell nothing."""

    def __init__(self, control: Control, guard: Guard) -> None:
        self._control, self._guard = control, guard
        self._pages: Pages = {**pages(), PAGE: page, DOCUMENT: lambda: Response.json(document())}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        peer = scope["client"]
        path = scope["raw_path"].decode("latin-1")
        request = Request(scope["method"], path, scope["headers"], address=peer[0] if peer else "")
        try:
            response = await self._answer(request, scope["query_string"], receive)
        except ControlRefusedError as refusal:
            response = _refused(refusal)
        except EmulatorError as error:
            response = _refused(ControlRefusedError(str(error), "body"))
        if response is not None:
            await send(response.start_message)
            await send(response.body_message)

    async def _answer(self, request: Request, query: bytes, receive: Receive) -> Response | None:
        self._guard.check_host(request)
        if request.method == "GET" and request.path in self._pages:
            return await asyncio.to_thread(self._pages[request.path])
        self._guard.check_token(request)
        address, verb = _found(request.path)
        if verb is None:
            _check_method(request, "GET")
            return Response.json({"panels": [_brief(one) for one in self._control.panels]})
        _check_method(request, verb.method)
        selected = self._control.select(address)
        if verb.method == "GET":
            arguments = verb.checked_strings(query_fields(query))
            return Response.json({"panels": [await _told(one, verb, arguments) for one in selected]})
        self._guard.check_change(request)
        body = await read_body(receive, MAX_LOG_BYTES if verb.path == "replay" else MAX_BODY_BYTES)
        if body is None:
            return None
        done = await self._control.do_in_turn(verb, selected, verb.checked(json_object(body)), who(request))
        return Response.json({"done": [one.as_json() for one in done]})


def _found(path: str) -> tuple[str, Verb | None]:
    """The panel's address and the verb; none for the list of panels. ControlRefusedError (404) lists the verbs."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    address, words = ALL, parts
    if parts[0] == PANELS:
        if len(parts) == 1:
            return ALL, None
        address, words = parts[1], parts[2:] or [STATE]
    verb = TABLE.get("/".join(words))
    if verb is None:
        raise ControlRefusedError(f"there is no {path[:80]!r}", "path", [PANELS, *TABLE], 404)
    return address, verb


def _check_method(request: Request, method: str) -> None:
    if request.method != method:
        raise ControlRefusedError(f"{request.method[:16]} is not for {request.path[:80]!r}", "method", [method], 405)


async def _told(one: PanelControl, verb: Verb, arguments: Mapping[str, object]) -> dict[str, object]:
    await asyncio.sleep(0)  # a thousand panels take seconds: others have their turn between them
    return {"serial": one.serial, "port": one.port, **verb.function(one, **arguments)}


def _brief(one: PanelControl) -> dict[str, object]:
    config = one.panel.device.config
    return {
        "serial": one.serial,
        "port": one.port,
        "tabs": config.tabs,
        "circuits": len(config.circuits),
        **one.moment(),
    }


def _refused(refusal: ControlRefusedError) -> Response:
    content = {"detail": str(refusal), "where": refusal.where, "possible": refusal.possible}
    headers: dict[int, tuple[bytes, bytes]] = {
        HTTPStatus.METHOD_NOT_ALLOWED: (b"allow", ", ".join(refusal.possible).encode()),
        HTTPStatus.UNAUTHORIZED: (b"www-authenticate", b"Bearer"),
    }
    extra = headers.get(refusal.status)
    return Response.json(content, refusal.status, () if extra is None else (extra,))

"""From a request to the panel's answer: address, token, body, operation, in the order of a FastAPI service."""

from __future__ import annotations

from emulator.auth import Client
from emulator.errors import CommandRefusedError
from emulator.faults.outcome import Outcome, Visit
from emulator.http import documentation
from emulator.http.bodies import MAX_BODY_BYTES, parse, problem
from emulator.http.exchange import Refusal, Request, Response
from emulator.http.operations.call import Call
from emulator.http.routes import Operation, find
from emulator.journal import Entry
from emulator.panel import EmulatedPanel

TOO_LARGE = Refusal(413, f"the body is longer than {MAX_BODY_BYTES} bytes").response()


def caller(panel: EmulatedPanel, request: Request) -> Client | None:
    """The registered client whose token the request carries."""
    authorization = request.header(b"authorization")
    return None if authorization is None else panel.clients.authorized(authorization)


def respond(panel: EmulatedPanel, request: Request, client: Client | None, idle_s: int | None = None) -> Outcome:
    """What becomes of a request: the panel's answer, unless a fault strikes.

    `idle_s` is for how long of the panel's own time the connection has idled, None for a new one.
    """
    if not panel.faults:
        return Outcome(answer(panel, request, client))
    visit = Visit(request.method, request.path, panel.now(), idle_s, panel.firmware.headers(request.path))
    return panel.faults.outcome(visit, lambda: answer(panel, request, client))


def note(
    panel: EmulatedPanel, request: Request, client: Client | None, outcome: Outcome, began: float, tick: int
) -> None:
    """Enter a request that began at `began` of the panel's monotonic clock; a panel that is offline saw none."""
    if outcome.ending == "offline":
        return
    name, took_s = "" if client is None else client.name, panel.monotonic() - began
    panel.journal.record(
        Entry(tick, name, request.address, request.method, request.path, outcome.status, took_s, outcome.hit)
    )


def answer(panel: EmulatedPanel, request: Request, client: Client | None) -> Response:
    """The panel's answer to a request of `client`; refusals are answers too."""
    if len(request.body) > MAX_BODY_BYTES:
        return TOO_LARGE
    try:
        return _answer(panel, request, client)
    except Refusal as refusal:
        return refusal.response(panel.firmware.headers(request.path))


def _answer(panel: EmulatedPanel, request: Request, client: Client | None) -> Response:
    reading = panel.reading()
    if panel.firmware.has_ended(reading.tick):
        raise Refusal(404, "Not Found")
    if request.path in documentation.PATHS:
        return documentation.page(panel.firmware, request)
    operation, item = find(request.method, request.path)
    if operation.needs_token and client is None:
        raise _unauthorized(panel, request)
    recorded = panel.replayed(request)
    if recorded is not None:
        return recorded
    if not operation.shows_reading:
        return _fresh(panel, request, operation, item, client)
    ready = panel.ready.get(request.path)
    if ready is None:
        ready = _fresh(panel, request, operation, item, client)
        panel.keep_ready(request.path, ready)
    return ready


def _fresh(panel: EmulatedPanel, request: Request, operation: Operation, item: str, client: Client | None) -> Response:
    body = None if operation.body is None else parse(operation.body, request.body)
    call = Call(panel, "" if client is None else client.name, item, body)
    try:
        content = operation.answer(call)
    except CommandRefusedError as error:
        raise Refusal(422, [problem(("body", error.where), error.reason, "value_error")]) from error
    return Response.json(content, headers=panel.firmware.headers(request.path))


def _unauthorized(panel: EmulatedPanel, request: Request) -> Refusal:
    challenge = ((b"www-authenticate", b"Bearer"),)
    if request.header(b"authorization") is None:
        return Refusal(panel.firmware.missing_token_status, "Bearer token missing: register a client first", challenge)
    return Refusal(401, "Bearer token unknown to this panel: register the client again", challenge)

"""What every answer tells browsers: to run, frame, guess and pass on nothing. A page says for itself what it needs."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
NAMES = frozenset(name for name, _ in ALWAYS)


class SecurityHeaders:
    """ASGI middleware; a header that an answer has already stays as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and add to the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                names = {name for name, _ in given}
                message["headers"] = [*given, *(ALWAYS if names.isdisjoint(NAMES) else _missing(names))]
            await send(message)

        await self._app(scope, receive, sending)


def _missing(names: set[bytes]) -> list[tuple[bytes, bytes]]:
    return [each for each in ALWAYS if each[0] not in names]

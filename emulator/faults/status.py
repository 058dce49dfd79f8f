"""An answer of another status, with the body that the panel or the nginx before it gives with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from emulator.configuration.section import Section, integer
from emulator.faults.draw import Draw
from emulator.faults.outcome import Outcome, Stage, Visit
from emulator.http.bodies import problem
from emulator.http.exchange import Headers, Refusal, Response

LONGEST_RETRY_AFTER_S: Final = 86_400
UNPROCESSABLE: Final = 422

DETAILS: Final[dict[int, str | list[dict[str, Any]]]] = {
    401: "Bearer token unknown to this panel: register the client again",
    403: "Forbidden",
    404: "Not Found",
    412: "Bearer token missing: register a client first",
    UNPROCESSABLE: [problem(("body",), "Field required", "missing")],
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
"""What the panel's own JSON says with each status that a fault may give."""

_PHRASES: Final = {503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}
"""Where nginx says it in other words."""
_FROM_NGINX: Final = (502, 504)
"""What only a gateway says: HTML unless the fault asks for the panel's page."""
_RETRIED: Final = (429, 503)
_CHALLENGE: Final = {401: ((b"www-authenticate", b"Bearer"),)}


@dataclass(frozen=True, slots=True)
class Status:
    """An error instead of the answer: the panel's JSON, or nginx's HTML, as `page` says. What was asked is not done."""

    stage: ClassVar = Stage.STATUS
    status: int
    page: str
    retry_after_s: int | None = None

    @classmethod
    def read(cls, section: Section) -> Self:
        """`status`, `page` (by default HTML for 502 and 504) and, for 429 and 503, `retry_after_s`."""
        status = integer(section.need("status"), 100, 599)
        if status not in DETAILS:
            section.refuse("status", f"{status} is none that a panel gives; one of {', '.join(map(str, DETAILS))}")
        page = section.choice("page", ("panel", "nginx"), "nginx" if status in _FROM_NGINX else "panel")
        after = section.take("retry_after_s")
        if after is not None and status not in _RETRIED:
            after.place.refuse(f"goes with {' and '.join(map(str, _RETRIED))} only")
        return cls(status, page, None if after is None else integer(after, 0, LONGEST_RETRY_AFTER_S))

    def strike(self, outcome: Outcome, visit: Visit, draw: Draw) -> bool:  # noqa: ARG002  # as all effects
        """Answer instead of the panel."""
        outcome.closed |= {Stage.STATUS}
        outcome.response = self._nginx() if self.page == "nginx" else self._panel(visit.headers)
        return True

    def _panel(self, headers: Headers) -> Response:
        own = (*_CHALLENGE.get(self.status, ()), *self._retry_after())
        return Refusal(self.status, DETAILS[self.status], own).response(headers)

    def _nginx(self) -> Response:
        detail = DETAILS[self.status]
        phrase = _PHRASES.get(self.status, detail if isinstance(detail, str) else "Unprocessable Entity")
        title = f"{self.status} {phrase.partition(':')[0]}"
        page = (
            f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
            "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        )
        return Response(self.status, page.encode(), ((b"content-type", b"text/html"), *self._retry_after()))

    def _retry_after(self) -> Headers:
        return () if self.retry_after_s is None else ((b"retry-after", str(self.retry_after_s).encode()),)

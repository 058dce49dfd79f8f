"""Requests of the REST faces, of the emulated panel's API and of its control, from the lists of their own paths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random
from typing import Any
from urllib.parse import quote

from starlette.routing import Route

from emulator.control.verbs import TABLE
from emulator.http.routes import OPERATIONS
from server.plant.runs.limits import Limits
from server.rest.cells.routes import cells_routes
from server.rest.methods import Methods
from server.rest.plant.routes import plant_routes
from tests.fuzz.attempts import Attempt, as_json
from tests.fuzz.corpus import Corpus
from tests.fuzz.target import Target
from tests.fuzz.values import Values

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
OTHERS = (
    "/", "/healthz", "/readyz", "/metrics", "/schema.graphql", "/graphiql/{name}", "/storage/{name}", "/export/series",
    "/export/cell_measurements/{id}.csv", "/export/cell_measurements/{id}.parquet", "/{name}", "/{name}/{name}",
)  # fmt: skip
PARAMETERS = (
    "limit", "offset", "order", "order_by", "name", "tags_all", "start_time_lt", "created_at_gt", "cascade",
    "expires", "signature",
    "panel", "circuit", "metric", "machine", "reading", "measurement", "columns", "from", "to", "maxPoints",
    "format", "batch_id", "q",
)  # fmt: skip
FIELDS = (
    "name", "notes", "ratings", "tags", "properties", "measurement", "cell_instance_id", "measurement_type",
    "filenames", "steps", "id",
    "batch_id", "parameters", "line", "machine", "state", "reason", "speed", "anode", "cathode", "relayStateIn",
    "priorityIn", "nameIn",
    "relayState", "value", "name", "description", "hopPassphrase", "ssid", "psk", "seconds", "circuit", "power_w",
)  # fmt: skip
TYPES = (
    "application/json",
    "application/json",
    "application/json",
    "text/plain",
    "application/octet-stream",
    "multipart/form-data",
    "",
)
HEADERS = {
    "range": ("bytes=0-0", "bytes=-5", "bytes=9-1", "bytes=", "x", "bytes=-" + "9" * 40),
    "content-encoding": ("gzip", "identity", "br", ""),
    "if-none-match": ("*", '"a"', "W/", "é"),
    "x-forwarded-proto": ("https", "gopher", ",,"),
    "authorization": ("Bearer x", "Bearer", "Basic eDp5", "é"),
    "accept": ("application/json", "text/html", "*/*", ""),
}
SPARED = frozenset({"fault", "scenario"})
"""Verbs that make a panel answer 5xx, or not at all, because they were asked to."""
CUTTING = frozenset({"reboot", "swap", "update", "offline"})
"""Verbs that drop a panel's connections when they are done: they are only asked so that they are refused."""
HOLE = re.compile(r"\{(\w+)(?::\w+)?\}")


Place = tuple[str, str, tuple[str, ...]]
"""A server, a path of its with holes in it, and the methods that the path takes."""


def places(target: Target) -> list[Place]:
    """All that there is to ask, by the lists that the servers are made from."""
    ours = [route for route in (*cells_routes(), *plant_routes(Limits())) if isinstance(route, Route)]
    taken = [(route.path, route.app.names if isinstance(route.app, Methods) else ("GET",)) for route in ours]
    verbs = [(path, verb.method) for path, verb in TABLE.items() if not SPARED & set(path.split("/"))]
    return [
        *((target.url, path, methods) for path, methods in taken),
        *((target.url, path, ("GET",)) for path in OTHERS),
        *((panel, f"/api/v1{each.path}", (each.method,)) for panel in target.panels for each in OPERATIONS),
        *((target.control, f"/panels/{{panel}}/{path}", (method,)) for path, method in verbs),
        *((target.control, path, ("GET",)) for path in ("/panels", "/openapi.json")),
    ]


class RestRequests:
    """Draws requests for a server, its emulated panels and their control; `tokens` are the panels', by address."""

    def __init__(self, target: Target, tokens: Mapping[str, str], dice: Random, corpus: Corpus, values: Values) -> None:
        self._places = places(target)
        self._tokens = tokens
        self._dice, self._corpus, self._values = dice, corpus, values

    def draw(self) -> Attempt:
        """One of them."""
        base, path, methods = self._dice.choice(self._places)
        filled = HOLE.sub(lambda hole: self._part(hole[1]), path)
        method = self._dice.choice(methods if self._dice.random() < 0.85 else METHODS)
        body = self._body(path) if method in ("POST", "PUT", "PATCH", "DELETE") else b""
        return Attempt(method, f"{base}{filled}{self._query()}", body, self._headers(base))

    def _part(self, name: str) -> str:
        if name == "line":
            return self._dice.choice(("anode", "cathode", "cell", "x"))
        if name == "machine":
            return self._dice.choice(
                ("mixing", "coating", "drying", "calendaring", "slitting", "formation_cycling", "x")
            )
        told = self._values.text("serial" if name == "panel" else "id" if name.endswith("id") else name)
        return quote(told, safe="" if self._dice.random() < 0.9 else "/", errors="replace")

    def _query(self) -> str:
        if self._dice.random() < 0.5:
            return ""
        names = self._dice.sample(PARAMETERS, self._dice.choice((1, 1, 2, 3)))
        return "?" + "&".join(f"{name}={quote(self._values.text(name), errors='replace')}" for name in names)

    def _body(self, path: str) -> bytes:
        if path.rpartition("/")[2] in CUTTING:
            return as_json({"": self._values.anything()})
        chance = self._dice.random()
        if chance < 0.7:
            return as_json({name: self._filled(name) for name in self._dice.sample(FIELDS, self._dice.randrange(5))})
        if chance < 0.9:
            return as_json(self._values.anything())
        return self._dice.choice((b"", b"{", b"\xff", b"[" * 3_000, b"NaN", b"\x1f\x8b\x08", b"null", b"x" * 20_000))

    def _filled(self, name: str) -> Any:
        return (
            self._values.text("id" if name.endswith("id") else name)
            if self._dice.random() < 0.5
            else self._values.anything()
        )

    def _headers(self, base: str) -> dict[str, str]:
        found = {"content-type": self._dice.choice(TYPES)}
        if base in self._tokens and self._dice.random() < 0.9:
            found["authorization"] = f"Bearer {self._tokens[base]}"
        if self._dice.random() < 0.2:
            name = self._dice.choice(list(HEADERS))
            found[name] = self._dice.choice(HEADERS[name]).encode().decode("latin-1")
        return found

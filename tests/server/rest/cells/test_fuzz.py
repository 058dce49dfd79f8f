"""Anything at all, sent to every path: never a 5xx, always our shape, and nothing changed by what was refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio.from_thread
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from server.rest.cells.routes import cells_routes
from tests.server.rest.cells.face import EVERYTHING, assert_error, running

NOUNS = ("cell_specifications", "cell_instances", "cell_measurements")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PATHS = sorted(route.path for route in cells_routes() if isinstance(route, Route) and route.path != "/healthz")
PARAMETERS = (
    *(
        "limit",
        "offset",
        "order",
        "order_by",
        "name",
        "form_factor",
        "created_by_email",
        "created_at_gt",
        "created_at_lt",
    ),
    *(
        "updated_at_gt",
        "start_time_lt",
        "tags_all",
        "tags_any",
        "measurement_type",
        "batch_id",
        "project_id",
        "q",
        "full",
    ),
    *("cascade", "expires", "signature", "material_id"),
)
FIELDS = (
    *("name", "notes", "ratings", "tags", "start_time", "end_time", "properties", "measurement", "cell_instance_id"),
    *("measurement_type", "filenames", "steps", "protocol", "project_id", "id", "created_at", "row_count"),
)

texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "eq.x", "ilike.%x%", "ilike.%", "%", "'", "1", "-1", "1e9", "true", "asc", "name", "2026-01-01", "file"]
    ),
    st.sampled_from(["\x00", "🔋", "..", "../x", "a" * 300, "9" * 400, "0001-01-01T00:00:00+23:59", "%00", "\u2028"]),
)
numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([0, -1, 2**63, -(2**64), 10**30, 1e308, 5e-324]))
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | texts, inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(st.sampled_from(FIELDS) | texts, values, max_size=6)
bodies = st.one_of(
    documents.map(lambda document: json.dumps(document).encode()),
    values.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=50),
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(
            ["application/json", "application/json", "text/plain", "application/octet-stream", ""]
        ),
        "Content-Encoding": st.sampled_from(["gzip", "identity", "br", ""]),
        "Range": st.sampled_from(["bytes=0-0", "bytes=-5", "bytes=9-1", "bytes=", "x", "bytes=-" + "9" * 40]),
        "Host": st.sampled_from(["lab.example", "[::1]:80", "a b", ""]),
        "X-Forwarded-Proto": st.sampled_from(["https", "gopher", ",,"]),
    },
)


class Fuzzed:
    """A server with something in it; the fuzz asks it from outside its event loop."""

    def __init__(self, portal: anyio.from_thread.BlockingPortal, face: Any, ids: list[str]) -> None:
        self._portal, self._face, self.ids = portal, face, ids
        self.seen = self.everything()

    def ask(self, *request: Any, **options: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            answer: httpx.Response = await self._face.http.request(*request, **options)
            return answer

        return self._portal.call(asked)

    def everything(self) -> list[Any]:
        """What there is, as clients see it."""
        mine = (f"/{noun}/{id_}" for noun, id_ in zip(NOUNS, self.ids, strict=False))
        return [self.ask("GET", path).json() for path in (*EVERYTHING, *mine)]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    async def filled(face: Any) -> list[str]:
        instance = await face.instance("kept")
        told = await face.uploaded(instance["id"])
        return [instance["cell_specification_id"], instance["id"], told["id"], "none"]

    with ExitStack() as stack:
        portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
        folder: Path = tmp_path_factory.mktemp("fuzzed")
        face = stack.enter_context(portal.wrap_async_context_manager(running(folder / "data")))
        yield Fuzzed(portal, face, portal.call(filled, face))


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, list[int]]:
    method, path = draw(st.sampled_from(METHODS)), draw(st.sampled_from(PATHS))
    # What is there stays there: the fuzz goes on with it.
    is_odd = method == "DELETE" or draw(st.booleans())
    return method, path, [draw(st.integers(0, 3)), int(not is_odd)]


def filled_in(path: str, ids: list[str], chosen: list[int], odd: str) -> str:
    """The path, an id in the place of each parameter; every other one is something odd."""
    for number, name in enumerate(("specification_id", "instance_id", "measurement_id")):
        path = path.replace(f"{{{name}}}", ids[(chosen[0] + number) % len(ids)] if chosen[1] else odd)
    return path.replace("{filename:path}", odd).replace("{key:path}", odd).replace("{schema}", odd)


def check(
    fuzzed: Fuzzed, asked: tuple[str, str, list[int]], odd: str, query: Any, body: bytes, sent: dict[str, str]
) -> None:
    method, path, chosen = asked
    base = str(fuzzed._face.http.base_url).rstrip("/")
    url = httpx.URL(base).copy_with(raw_path=_quoted(filled_in(path, fuzzed.ids, chosen, odd)), params=query)
    answer = fuzzed.ask(method, url, content=body if method in ("POST", "PUT", "PATCH") else None, headers=sent)
    if answer.status_code == 400 and answer.text.startswith("Invalid HTTP"):
        return
    assert answer.status_code < 500, (answer.status_code, answer.text)
    now = fuzzed.everything()
    if answer.status_code >= 400:
        assert_error(answer)
    if answer.status_code >= 400 or method in ("GET", "HEAD", "OPTIONS"):
        assert now == fuzzed.seen
    fuzzed.seen = now


def _quoted(path: str) -> bytes:
    from urllib.parse import quote  # noqa: PLC0415

    return quote(path, safe="/", errors="replace").encode()


anything = given(
    asked=requests(),
    odd=texts,
    query=st.lists(st.tuples(st.sampled_from(PARAMETERS) | texts, texts), max_size=3),
    body=bodies,
    sent=headers,
)
options = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=300, **options)  # type: ignore[arg-type]
@anything
def test_nothing_that_is_sent_breaks_it(
    fuzzed: Fuzzed,
    asked: tuple[str, str, list[int]],
    odd: str,
    query: list[tuple[str, str]],
    body: bytes,
    sent: dict[str, str],
) -> None:
    check(fuzzed, asked, odd, query, body, sent)


@pytest.mark.soak
@pytest.mark.timeout(5_400)
@settings(max_examples=20_000, **options)  # type: ignore[arg-type]
@anything
def test_nothing_that_is_sent_breaks_it_for_long(
    fuzzed: Fuzzed,
    asked: tuple[str, str, list[int]],
    odd: str,
    query: list[tuple[str, str]],
    body: bytes,
    sent: dict[str, str],
) -> None:
    check(fuzzed, asked, odd, query, body, sent)

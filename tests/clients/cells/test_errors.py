"""Whatever an error's body is, it becomes a typed error with its status."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import respx

from clients.cells import errors
from clients.cells.client import AsyncCellsClient, CellsClient
from clients.cells.link import Bounds
from clients.errors import ClientAnswerError, ClientAuthError, ClientConnectionError, ClientError, ClientTimeoutError
from tests.clients.cells import answers
from tests.clients.cells.flavour import Flavour, opened

KINDS = {
    400: errors.CellsInvalidError,
    401: errors.CellsAuthError,
    403: errors.CellsAuthError,
    404: errors.CellsNotFoundError,
    405: errors.CellsAnswerError,
    409: errors.CellsConflictError,
    413: errors.CellsInvalidError,
    422: errors.CellsInvalidError,
    429: errors.CellsBusyError,
    500: errors.CellsAnswerError,
    502: errors.CellsBusyError,
    503: errors.CellsBusyError,
    504: errors.CellsBusyError,
    507: errors.CellsAnswerError,
}
BODIES: dict[str, tuple[bytes, Any, str | None, str]] = {
    "standard": (
        b'{"error_code": "ODD", "message": "m\\u00fc\\nd", "detail": {"field": "x"}}',
        {"error_code": "ODD", "message": "mü\nd", "detail": {"field": "x"}},
        "ODD",
        "mü d",
    ),
    "detail text": (b'{"detail": "because"}', {"detail": "because"}, None, "because"),
    "detail list": (b'{"detail": [{"loc": ["body", "name"]}]}', {"detail": [{"loc": ["body", "name"]}]}, None, "loc"),
    "odd types": (b'{"error_code": 5, "message": {}}', {"error_code": 5, "message": {}}, None, "answered"),
    "list": (b'["a", {"b": 1}]', ["a", {"b": 1}], None, '"a",'),
    "string": (b'"no"', "no", None, "no"),
    "number": (b"5", 5, None, "5"),
    "html": (b"<html>Oops</html>", "<html>Oops</html>", None, "Oops"),
    "no utf-8": (b"\xff\xfe", "\ufffd\ufffd", None, "\ufffd"),
    "empty": (b"", None, None, "answered"),
    "null": (b"null", None, None, "answered"),
    "deep": (b"[" * 100_000, "[" * 10_000, None, "["),
}


@pytest.mark.parametrize("status", KINDS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_an_error_body_of_any_form(server: respx.MockRouter, lab: Flavour, status: int, body: Any) -> None:
    content, data, error_code, says = body
    server.post("/cell_specifications").respond(status, content=content)

    error = await lab.fails(lambda c: c.cell_spec.create({"name": "x"}))

    assert type(error) is KINDS[status]
    assert (error.status_code, error.error_code, error.data) == (status, error_code, data)
    assert says in error.message
    assert f"POST /cell_specifications at http://cells.test answered {status}" in str(error)
    assert error.outcome_unknown == (status >= 500)


async def test_an_error_never_shows_the_key(server: respx.MockRouter, lab: Flavour) -> None:
    server.get("/cell_instances/i1").respond(401, json={"error_code": "X", "message": "no key the-key here"})

    error = await lab.fails(lambda c: c.cell_instance.get("i1"), errors.CellsAuthError, "BUSBAR_TOKEN")

    assert "[hidden]" in str(error)
    assert "the-key" not in str(error) + error.message


@pytest.mark.parametrize("content", [b"{", b"<html>", b"\xff"])
async def test_a_good_answer_that_is_not_json(server: respx.MockRouter, lab: Flavour, content: bytes) -> None:
    server.get("/cell_instances/i1").respond(200, content=content)

    await lab.fails(lambda c: c.cell_instance.get("i1"), errors.CellsMalformedError, "not JSON")


async def test_a_large_answer_that_is_not_json(server: respx.MockRouter, lab: Flavour) -> None:
    server.get("/cell_instances/i1").respond(200, content=b"[" + b"1," * 300_000)

    await lab.fails(lambda c: c.cell_instance.get("i1"), errors.CellsMalformedError, "not JSON")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "text/plain", "application/problem+json"])
async def test_the_content_type_does_not_matter(server: respx.MockRouter, lab: Flavour, content_type: str) -> None:
    headers = {"content-type": content_type}
    server.get("/cell_instances/i1").respond(200, json=answers.instance(), headers=headers)

    assert (await lab.ask(lambda c: c.cell_instance.get("i1"))).id == "i1"


async def test_bodies_are_bounded(server: respx.MockRouter, kind: str) -> None:
    server.get("/x").respond(content=b'"' + b"x" * 5_000 + b'"')
    server.get("/cell_measurements/m1/time_series/signed_url").respond(json={"signed_url": answers.GET_URL})
    server.get(answers.GET_URL).respond(content=b"x" * 5_000)

    async with opened(kind, answers.BASE, bounds=Bounds(max_body_bytes=1_000, max_download_bytes=2_000)) as lab:
        await lab.fails(lambda c: c.get("/x"), errors.CellsMalformedError, "longer than 1,000 bytes")
        error = await lab.fails(lambda c: c.cell_measurement.time_series("m1"), errors.CellsMalformedError)

    assert "longer than 2,000 bytes" in str(error)
    assert "s3cret" not in str(error)


async def test_a_compressed_answer_was_not_asked_for(server: respx.MockRouter, lab: Flavour) -> None:
    server.get("/x").mock(return_value=httpx.Response(200, headers={"content-encoding": "gzip"}, stream=_Bomb()))

    await lab.fails(lambda c: c.get("/x"), errors.CellsMalformedError, "compressed")
    assert server.calls.last.request.headers["accept-encoding"] == "identity"


class _Bomb(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __iter__(self) -> Any:
        raise AssertionError("the body was read")

    async def __aiter__(self) -> Any:
        raise AssertionError("the body was read")
        yield b""


def test_the_errors_hang_where_the_drawing_says() -> None:
    for kind, parent in {
        errors.CellsConnectionError: ClientConnectionError,
        errors.CellsTimeoutError: ClientTimeoutError,
        errors.CellsAuthError: ClientAuthError,
        errors.CellsAnswerError: ClientAnswerError,
        errors.CellsHolderError: ValueError,
        errors.CellsError: ClientError,
    }.items():
        assert issubclass(kind, parent)
        assert kind.__name__ in str(errors.__doc__)
    for kind in (
        errors.CellsNotFoundError,
        errors.CellsConflictError,
        errors.CellsInvalidError,
        errors.CellsBusyError,
        errors.CellsMalformedError,
    ):
        assert kind.__mro__[1] is errors.CellsAnswerError


@pytest.mark.parametrize("make", [CellsClient, AsyncCellsClient])
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("cells.test",), "no address"),
        (("ftp://cells.test",), "no address"),
        (("http://cells.test?a=1",), "query"),
        (("http://x", ""), "visible ASCII"),
        (("http://x", "a b"), "visible ASCII"),
        (("http://x", "a\r\nb"), "visible ASCII"),
        (("http://x", "schlüssel"), "visible ASCII"),
    ],
)
def test_an_impossible_address_or_key_is_refused(make: Any, arguments: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        make(*arguments, environ={})

    assert not any(key in str(caught.value) for key in arguments[1:] if key)


@pytest.mark.parametrize("make", [CellsClient, AsyncCellsClient])
@pytest.mark.parametrize("options", [{"parallel": 0}, {"parallel": 9}, {"parallel": True}, {"frames": "pandas"}])
def test_an_impossible_option_is_refused(make: Any, options: Any) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        make("http://x", environ={}, **options)


@pytest.mark.parametrize(
    ("api_key", "environ", "sent"),
    [
        ("mine", {"BUSBAR_TOKEN": "env"}, "mine"),
        (None, {"BUSBAR_TOKEN": "env"}, "env"),
        (None, {"BUSBAR_TOKEN": ""}, None),
        (None, {"IONWORKS_API_KEY": "theirs"}, None),
    ],
)
async def test_where_the_key_comes_from(server: respx.MockRouter, kind: str, api_key, environ, sent) -> None:
    server.get("/x").respond(json=1)

    async with opened(kind, answers.BASE, api_key, environ=environ) as lab:
        await lab.ask(lambda c: c.get("/x"))

    assert server.calls.last.request.headers.get("x-api-key") == sent


@pytest.mark.parametrize("base", ["http://cells.test", "http://cells.test/", "http://cells.test//"])
async def test_a_base_address_may_end_in_a_slash(server: respx.MockRouter, kind: str, base: str) -> None:
    server.get("/x").respond(json=1)

    async with opened(kind, base) as lab:
        await lab.ask(lambda c: c.get("/x"))

    assert str(server.calls.last.request.url) == "http://cells.test/x"

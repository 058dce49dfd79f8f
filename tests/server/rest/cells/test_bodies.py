"""What a JSON body may be, and that nothing else gets further than that."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.server.rest.cells.face import Face, running

PATH = "/cell_specifications"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON", "application/json; charset=utf-8"])
async def test_json_is_taken_however_its_type_is_spelt(face: Face, content_type: str) -> None:
    made = await face.ask("POST", PATH, 201, content=b'{"name": "x"}', headers={"Content-Type": content_type})
    assert made["name"] == "x"


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/jsonp"}])
async def test_another_type_is_refused(shared: Face, headers: dict[str, str]) -> None:
    assert (await shared.error("POST", PATH, 415, content=b'{"name": "x"}', headers=headers))["error_code"]
    assert await shared.ask("GET", PATH) == []


async def test_gzip_is_inflated(face: Face) -> None:
    document = json.dumps({"name": "large", "notes": "n" * 90_000}).encode()
    packed = gzip.compress(document, compresslevel=1)
    made = await face.ask("POST", PATH, 201, content=packed, headers={**JSON, "Content-Encoding": "gzip"})
    assert made["notes"] == "n" * 90_000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no gzip", 400),
        (gzip.compress(b'{"name": "x"}', mtime=0)[:-3], 400),
        (gzip.compress(b'{"name": "x"}', mtime=0) + b"more", 400),
        (gzip.compress(b"[]", mtime=0), 400),
    ],
)
async def test_bad_gzip_is_refused(shared: Face, body: bytes, status: int) -> None:
    await shared.error("POST", PATH, status, content=body, headers={**JSON, "Content-Encoding": "gzip"})
    assert await shared.ask("GET", PATH) == []


async def test_another_encoding_is_refused(shared: Face) -> None:
    told = await shared.error("POST", PATH, 415, content=b"{}", headers={**JSON, "Content-Encoding": "br"})
    assert "gzip" in told["message"]


@pytest.mark.parametrize("packed", [False, True])
async def test_a_document_beyond_the_limit_is_refused(tmp_path: Path, packed: bool) -> None:
    document = json.dumps({"name": "x", "notes": "n" * 3_000}).encode()
    async with running(tmp_path / "data", max_document_bytes=2_000) as face:
        body, headers = (gzip.compress(document), {**JSON, "Content-Encoding": "gzip"}) if packed else (document, JSON)
        told = await face.error("POST", PATH, 413, content=body, headers=headers)
        assert told["detail"] == {"limit_bytes": 2_000}
        assert await face.ask("GET", PATH) == []


async def test_a_bomb_is_refused_before_it_goes_off(shared: Face) -> None:
    bomb = gzip.compress(b'{"name": "' + b"x" * 300_000_000 + b'"}', compresslevel=9)
    assert len(bomb) < 400_000
    await shared.error("POST", PATH, 413, content=bomb, headers={**JSON, "Content-Encoding": "gzip"})


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b'{"name": "x", "a": NaN}',
        b'{"name": "x", "a": Infinity}',
        b'{"name": "x", "a": 1e999}',
        b'{"name": "x", "a": "\xff"}',
        b'{"name": "x", "a": "\\ud800"}',
        b'{"name": "x", "name": "y"}',
        b'{"name": "x", "a": {"b": 1, "b": 1}}',
        b'{"name": "x", "a": ' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"name": "x", "a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"name": "x", "a": ' + b'{"a":' * 1_000 + b"1" + b"}" * 1_000 + b"}",
        '{"name": "x"}'.encode("utf-16"),
    ],
)
async def test_what_is_not_strict_json_is_refused(shared: Face, body: bytes) -> None:
    assert (await shared.error("POST", PATH, 400, content=body, headers=JSON))["error_code"] == "BAD_REQUEST"
    assert await shared.ask("GET", PATH) == []


@pytest.mark.parametrize("name", [None, "", " ", 3, True, ["x"], {"x": 1}, "x" * 201, "line\nbreak", "\x00"])
async def test_a_bad_name_is_refused_by_name(shared: Face, name: object) -> None:
    told = await shared.error("POST", PATH, 422, json={"name": name})
    assert (told["error_code"], told["detail"]) == ("VALIDATION_ERROR", {"field": "name"})
    assert await shared.ask("GET", PATH) == []


async def test_no_body_is_an_empty_object(shared: Face) -> None:
    assert (await shared.error("POST", PATH, 422))["detail"] == {"field": "name"}

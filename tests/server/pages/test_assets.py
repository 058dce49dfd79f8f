"""The page's files: the right types, kept for ever, and no other file of the machine."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from server.pages.assets import Assets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "built"
    (built / "inner").mkdir(parents=True)
    (tmp_path / "secret.js").write_text("secret")
    for name in ("graphiql-A1.js", "graphiql-B2.css", "icon-C3.svg", "index.html", "notes.py", "inner/deep.js"):
        (built / name).write_text(f"this is {name}")
    return built


async def got(folder: Path, path: str, method: str = "GET") -> httpx.Response:
    app = Starlette(routes=[Route("/graphiql/{name}", Assets(folder).answer)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://busbar") as http:
        return await http.request(method, httpx.URL("http://busbar", raw_path=path.encode()))


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("graphiql-A1.js", "text/javascript; charset=utf-8"),
        ("graphiql-B2.css", "text/css; charset=utf-8"),
        ("icon-C3.svg", "image/svg+xml"),
    ],
)
async def test_each_has_its_type_and_is_kept_for_ever(folder, name, media_type):
    answer = await got(folder, f"/graphiql/{name}")

    assert (answer.status_code, answer.text) == (200, f"this is {name}")
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_a_head_request_has_the_length_and_no_body(folder):
    answer = await got(folder, "/graphiql/graphiql-A1.js", "HEAD")

    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "22")


@pytest.mark.parametrize(
    "path",
    [
        "/graphiql/missing.js",
        "/graphiql/index.html",
        "/graphiql/notes.py",
        "/graphiql/inner",
        "/graphiql/inner/deep.js",
        "/graphiql/inner%2Fdeep.js",
        "/graphiql/../secret.js",
        "/graphiql/..%2Fsecret.js",
        "/graphiql/%2e%2e%2fsecret.js",
        "/graphiql/..%5csecret.js",
        "/graphiql/graphiql-A1.js%00",
        "/graphiql/%ff.js",
        "/graphiql/",
    ],
)
async def test_nothing_else_is_given(folder, path):
    answer = await got(folder, path)

    assert answer.status_code == 404
    assert "this is" not in answer.text
    assert "secret" not in answer.text


async def test_without_a_build_there_is_nothing(tmp_path):
    assert (await got(tmp_path / "missing", "/graphiql/graphiql-A1.js")).status_code == 404

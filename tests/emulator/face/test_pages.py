from __future__ import annotations

import re

import httpx
import pytest

from emulator.control.app import ControlApp
from emulator.control.fleet import Control
from emulator.control.guard import Guard
from emulator.face.pages import pages

TOKEN = "correct-horse"


@pytest.fixture
async def program(panels):
    app = httpx.ASGITransport(app=ControlApp(Control(panels), Guard(token=TOKEN)))
    async with httpx.AsyncClient(transport=app, base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize("path", list(pages()))
async def test_r38_every_document_is_caged(program, path):
    headers = (await program.get(path)).headers

    policy = headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"} <= set(policy)
    assert {"img-src 'self' data:", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"} <= set(policy)
    assert not re.search("unsafe|http|[*]", headers["content-security-policy"])
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", list(pages()))
async def test_the_documents_need_no_token_and_tell_nothing_of_the_panels(program, panels, path):
    answer = await program.get(path)

    assert answer.status_code == 200
    assert TOKEN not in answer.text
    assert not [panel for panel in panels if panel.device.serial in answer.text]


@pytest.mark.parametrize("path", list(pages()))
async def test_no_document_names_another_origin(program, path):
    text = (await program.get(path)).text

    assert set(re.findall(r"(?:https?:)?//[\w.]+", text)) <= {"http://www.w3.org"}


async def test_the_page_has_neither_scripts_nor_styles_of_its_own(program):
    html = (await program.get("/")).text

    assert not re.findall(r"<style|<script(?![^>]* src=)|\sstyle=|\son\w+=", html)
    assert set(re.findall(r'(?:src|href)="(?!data:)([^"]+)"', html)) <= {
        *(path.removeprefix("/") for path in pages()),
        "docs",
        "openapi.json",
    }


async def test_scripts_never_make_elements_from_text(program):
    for path in pages():
        text = (await program.get(path)).text
        assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text)


@pytest.mark.parametrize("path", ["/face/", "/face/../control/app.py", "/face/pages.py", "/face/%2e%2e/pages.py"])
async def test_nothing_beside_the_pages_is_served(program, path):
    assert (await program.get(path)).status_code in (401, 404)

"""The files that the page is made of, each at its path, with headers that let it load nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Final

from emulator.face.catalogue import catalogue
from emulator.http.exchange import Headers, Response

FOLDER: Final = "/face/"
START: Final = "index.html"
CATALOGUE: Final = f"{FOLDER}catalogue.json"

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Besides the usual: no script may turn text into elements, so that no name of a circuit ever becomes one."""

HEADERS: Final[Headers] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-cache"),
)

_PAGE: Final = files("emulator") / "face" / "page"
_TYPES: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


def pages() -> Mapping[str, Callable[[], Response]]:
    """Every document of the face by its path; each is read once, when it is first asked for."""
    found: dict[str, Callable[[], Response]] = {
        "/" if file.name == START else FOLDER + file.name: partial(_file, file.name)
        for file in _PAGE.iterdir()
        if _suffix(file.name) in _TYPES
    }
    return {**found, CATALOGUE: _catalogue}


@cache
def _file(name: str) -> Response:
    kind = f"{_TYPES[_suffix(name)]}; charset=utf-8".encode()
    return Response(200, (_PAGE / name).read_bytes(), ((b"content-type", kind), *HEADERS))


@cache
def _catalogue() -> Response:
    return Response.json(catalogue(), headers=HEADERS)


def _suffix(name: str) -> str:
    return name[name.rfind(".") :]

"""docs/cells.md is true: its documents fit the schema, its program runs, its codes and paths are those there are."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import parse, validate
from starlette.routing import Route

from schema import build_schema
from server.rest.cells.routes import cells_routes
from tests.together.process import ROOT, Busbar, free_port

DOCUMENT = (ROOT / "docs" / "cells.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
GRAPHQL = [text for language, text in BLOCKS if language == "graphql"]
(PROGRAM,) = [text for language, text in BLOCKS if language == "python"]


@pytest.mark.parametrize("document", GRAPHQL)
def test_the_document_fits_the_schema(document: str) -> None:
    assert validate(build_schema()._schema, parse(document)) == []


def codes() -> Iterator[str]:
    """Every code that a SeriesError of ours has."""
    for path in (ROOT / "server" / "cells").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and "SeriesError" in ast.unparse(node.func) and len(node.args) > 1:
                yield from (str(each.value) for each in ast.walk(node.args[1]) if isinstance(each, ast.Constant))


def test_every_code_of_a_refused_series_is_told() -> None:
    told = set(re.findall(r"`([a-z_]+)`", DOCUMENT))
    assert set(codes()) - told == set()


def test_every_path_that_is_told_is_there() -> None:
    told = set(re.findall(r"`(/cell_[^`?]*)", DOCUMENT))
    known = {re.sub(r"\{[^}]*\}", "ID", path) for path in paths()}
    assert {path for path in told if path.replace("NAME", "ID") not in known} == set()


def paths() -> list[str]:
    return [route.path for route in cells_routes() if isinstance(route, Route)]


def test_the_program_runs(tmp_path: Path) -> None:
    port = free_port()
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("8000", str(port)))
    with Busbar("serve", "--port", str(port), "--data", tmp_path, ready="serves"):
        done = subprocess.run([sys.executable, "-W", "error", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

"""Who may import whom: the arrows of docs/architecture.md, held by a test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("clients", "schema", "server", "emulator")
DOMAINS = ("panel", "cells", "plant")
SCHEMA_MAY_IMPORT = ("clients.errors", "clients.plant.parameters")
STORES_MAY_IMPORT = ("schema.ports", "server.events.log", "server.stores")
LAZY_EMULATOR = {"clients/panel/simulation.py", "server/cli/emulate.py"}


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imports(path: Path, *, lazy: bool = True) -> set[str]:
    """Dotted names of ours that the module imports; TYPE_CHECKING blocks do not count."""
    found: set[str] = set()
    stack: list[ast.AST] = [ast.parse(path.read_text())]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            stack.extend(node.orelse)
            continue
        if not lazy and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(path, node)
            found.update(f"{base}.{alias.name}" for alias in node.names)
        stack.extend(ast.iter_child_nodes(node))
    return {name for name in found if name.split(".")[0] in PACKAGES}


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = path.relative_to(ROOT).parent.parts
    parts = package[: len(package) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def offences(path: Path) -> list[str]:
    here = path.relative_to(ROOT).as_posix()
    return [f"{here} imports {name}" for name in sorted(imports(path)) if not allowed(here, name)]


def allowed(here: str, name: str) -> bool:
    """Whether the file at `here` may import `name`."""
    package, target = here.split("/", maxsplit=1)[0], name.split(".", maxsplit=1)[0]
    if target == package:
        return _within(here, name)
    if target == "emulator":
        return here in LAZY_EMULATOR
    if package == "schema":
        return name.startswith(SCHEMA_MAY_IMPORT) or (target == "clients" and ".models" in name)
    if here.startswith("server/stores/"):
        return ".models" in name or name.startswith(STORES_MAY_IMPORT)
    return package == "server" and target in ("schema", "clients")


def _within(here: str, name: str) -> bool:
    """Inside one package: domains keep apart, and the stores know only the log's rows."""
    if here.startswith("server/stores/") and not name.startswith(STORES_MAY_IMPORT):
        return False
    mine = {domain for domain in DOMAINS if here.split("/")[1] == domain}
    theirs = {domain for domain in DOMAINS if name.split(".")[1:2] == [domain]}
    return not (mine and theirs and mine != theirs)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    assert offences(path) == []


@pytest.mark.parametrize("here", sorted(LAZY_EMULATOR))
def test_the_emulator_is_imported_only_when_it_is_used(here: str) -> None:
    path = ROOT / here
    assert not path.exists() or not any(name.startswith("emulator") for name in imports(path, lazy=False))


@pytest.mark.parametrize(
    ("here", "name"),
    [
        ("emulator/http/app.py", "clients.panel.models.Circuit"),
        ("clients/panel/client.py", "server.config"),
        ("schema/panel/types.py", "clients.panel.client.SpanPanelClient"),
        ("schema/panel/types.py", "server.app"),
        ("server/stores/sqlite/panels.py", "server.panel.gateway"),
        ("server/panel/gateway.py", "server.plant.line"),
        ("server/demo.py", "emulator.http.app"),
    ],
)
def test_a_planted_import_against_the_grain_is_caught(here: str, name: str) -> None:
    assert not allowed(here, name)

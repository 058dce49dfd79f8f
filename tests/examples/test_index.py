"""The list of examples names what there is, and all of it."""

from __future__ import annotations

import re

from tests.together.process import ROOT

EXAMPLES = ROOT / "examples"


def linked(text: str) -> list[str]:
    return re.findall(r"\]\((?!https?:)([^)#]+)", text)


def test_all_that_it_links_is_there() -> None:
    for page in (EXAMPLES / "README.md", EXAMPLES / "typescript" / "README.md"):
        assert [link for link in linked(page.read_text()) if not (page.parent / link).exists()] == []


def test_each_example_is_in_the_list() -> None:
    named = {link.split("/")[0] for link in linked((EXAMPLES / "README.md").read_text())}
    there = {each.name for each in EXAMPLES.iterdir() if not each.name.startswith(".")}
    assert there - named == {"README.md"}


def test_the_starters_files_are_in_its_list() -> None:
    folder = EXAMPLES / "typescript"
    text = (folder / "README.md").read_text()
    sources = [f"src/{each.name}" for each in (folder / "src").iterdir() if each.stem not in ("generated", "server")]
    assert [each for each in ["generate.mjs", *sources] if f"`{each}`" not in text] == []


def test_they_are_found_from_the_first_page() -> None:
    named = linked((ROOT / "README.md").read_text())
    assert {"examples/README.md", "examples/typescript/README.md", "examples/notebook.ipynb"} <= set(named)

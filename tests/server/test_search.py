"""The search of the whole server, over HTTP."""

from __future__ import annotations

from tests.server.rest.cells.face import running

SEARCH = """query($text: String!) { search(text: $text) {
  kind node { id ... on CellSpecification { name } ... on CellInstance { name } ... on Machine { stage } } } }"""


async def test_what_was_just_made_is_found_among_the_machines(tmp_path):
    async with running(tmp_path / "data") as face:
        await face.instance("Cell A1")

        body = {"query": SEARCH, "variables": {"text": "cell"}}
        hits = (await face.ask("POST", "/graphql", json=body))["data"]["search"]

    names = {hit["node"].get("name") for hit in hits if hit["kind"] != "MACHINE"}
    assert names == {"Cell A1", "design of Cell A1"}
    assert {hit["node"]["stage"] for hit in hits if hit["kind"] == "MACHINE"} >= {"REWINDING", "AGING"}

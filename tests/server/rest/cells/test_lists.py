"""Lists: the two shapes, filters whose text is text, orders, pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.server.rest.cells.face import Face

PATH = "/cell_specifications"
NAMES = ["alpha", "Alpha 2", "100 %", "a_b", "axb", "eq.5", "O'Neil", "電池 🔋"]


async def names(face: Face, path: str = PATH, **parameters: Any) -> list[str]:
    page = await face.ask("GET", f"{path}?{urlencode(parameters, doseq=True)}")
    assert page["count"] == len(page["items"])
    return [item["name"] for item in page["items"]]


@pytest.fixture(scope="module")
async def filled(shared: Face) -> Face:
    for name in NAMES:
        await shared.specification(name)
    return shared


@pytest.mark.parametrize("query", ["", "?full=true", "?full=false", "?nobody_knows=1"])
async def test_without_our_parameters_it_is_the_whole_array_newest_first(filled: Face, query: str) -> None:
    assert [item["name"] for item in await filled.ask("GET", PATH + query)] == NAMES[::-1]


async def test_with_one_it_is_an_object_with_a_total(filled: Face) -> None:
    page = await filled.ask("GET", f"{PATH}?full=true&limit=3&offset=2")
    assert (page["count"], page["total"]) == (3, len(NAMES))
    assert [item["name"] for item in page["items"]] == NAMES[::-1][2:5]
    beyond = await filled.ask("GET", f"{PATH}?offset=999999999")
    assert (beyond["items"], beyond["count"], beyond["total"]) == ([], 0, len(NAMES))


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_is_found_by_itself(filled: Face, name: str) -> None:
    assert await names(filled, name=f"eq.{name}") == [name]


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("ALPHA", {"alpha", "Alpha 2"}),
        ("%", {"100 %"}),
        ("_", {"a_b"}),
        ("*", set()),
        ("eq.", {"eq.5"}),
        ("o'n", {"O'Neil"}),
        ("🔋", {"電池 🔋"}),
        ("", set(NAMES)),
        ("' OR 1=1 --", set()),
    ],
)
async def test_a_part_of_a_name_is_meant_letter_by_letter(filled: Face, part: str, found: set[str]) -> None:
    assert set(await names(filled, name=f"ilike.%{part}%")) == found


async def test_the_order_is_chosen(filled: Face) -> None:
    assert await names(filled, order_by="name") == sorted(NAMES)
    assert await names(filled, order_by="name", order="desc") == sorted(NAMES, reverse=True)
    assert await names(filled, order="asc") == NAMES
    assert await names(filled, order_by="updated_at", order="asc") == NAMES


async def test_moments_bound_a_list(filled: Face) -> None:
    rows = (await filled.ask("GET", f"{PATH}?order=asc"))["items"]
    third = rows[2]["created_at"]
    assert await names(filled, created_at_gt=third, order="asc") == NAMES[3:]
    assert await names(filled, created_at_lt=third, order="asc") == NAMES[:2]
    assert await names(filled, updated_at_gt="2999-01-01") == []
    assert len(await names(filled, updated_at_lt="2999-01-01T00:00:00Z")) == len(NAMES)


async def test_fields_of_their_own_filter(face: Face) -> None:
    await face.specification("a", form_factor="pouch", project_id="p1", created_by_email="Ada@lab.example")
    await face.specification("b", form_factor="21700", project_id="p2")
    assert await names(face, form_factor="eq.pouch") == ["a"]
    assert await names(face, project_id="p2") == ["b"]
    assert await names(face, created_by_email="ilike.%ada%") == ["a"]
    assert await names(face, name="eq.a", project_id="p2") == []

    instance = await face.instance("cell", batch_id="L1")
    path = f"{PATH}/{instance['cell_specification_id']}/cell_instances"
    assert await names(face, path, batch_id="L1") == ["cell"]
    assert await names(face, path, batch_id="L2") == []


async def test_measurements_are_found_by_type_tag_time_and_project(face: Face) -> None:
    design = await face.specification("design", project_id="p1")
    made = await face.ask("POST", f"{PATH}/{design['id']}/cell_instances", 201, json={"name": "cell"})
    path = f"/cell_instances/{made['id']}/cell_measurements"
    for name, tags, start in (("m1", ["a"], "2026-01-01"), ("m2", ["a", "b"], "2026-02-01"), ("m3", ["c"], None)):
        body: dict[str, Any] = {"name": name, "properties": {}, "tags": tags, "start_time": start}
        await face.ask("POST", f"{path}/create", 201, json=body)
    assert await names(face, path, tags_all=["a", "b"]) == ["m2"]
    assert await names(face, path, tags_any=["b", "c"], order_by="name") == ["m2", "m3"]
    assert await names(face, path, measurement_type="time_series") == []
    assert await names(face, path, start_time_gt="2026-01-15") == ["m2"]
    assert (await names(face, path, order_by="start_time"))[:2] == ["m1", "m2"]
    other = await face.instance("other")
    await face.ask(
        "POST", f"/cell_instances/{other['id']}/cell_measurements/create", 201, json={"name": "m9", "properties": {}}
    )
    everywhere = "/cell_measurements"
    assert await names(face, everywhere, project_id="p1", order_by="name") == ["m1", "m2", "m3"]
    assert await names(face, everywhere, project_id="none") == []
    assert await names(face, everywhere, q="M9") == ["m9"]
    assert len(await face.ask("GET", everywhere)) == 4
    tags = await face.ask("GET", f"{everywhere}/tags")
    assert tags == [{"tag": "a", "usage_count": 2}, {"tag": "b", "usage_count": 1}, {"tag": "c", "usage_count": 1}]
    assert await face.ask("GET", f"{everywhere}/tags?limit=1") == {"items": tags[:1], "count": 1, "total": 3}
    assert (await face.ask("GET", f"{everywhere}/tags?q=B"))["items"] == tags[1:2]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=x",
        "limit=",
        "limit=1e2",
        "limit=٣",
        "offset=-1",
        "offset=1.5",
        f"offset={10**30}",
        "order=up",
        "order_by=id",
        "order_by=start_time",
        "order_by=name;drop",
        "limit=1&limit=2",
        "name=x",
        "name=neq.x",
        "name=ilike.x",
        "name=ilike.%25",
        "created_at_gt=today",
        "created_at_lt=0001-01-01T00:00:00%2B23:00",
        "form_factor=pouch",
        "name=eq.x&name=eq.y",
        "anode_material_id=m",
        "exclude_cell_spec_id=x",
        f"name=eq.{'x' * 2000}",
    ],
)
async def test_a_malformed_parameter_is_named(shared: Face, query: str) -> None:
    told = await shared.error("GET", f"{PATH}?{query}", 400)
    assert told["detail"]["parameter"] in query
    assert told["message"].startswith(told["detail"]["parameter"])

"""The contract of every store of cells: which rows a query finds, and what cannot be asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schema.ports import Comparison, Condition, Query
from tests.server.stores.cells.nouns import NOON, after_noon, instance, measurement, specification

EQUALS, CONTAINS, ABOVE, BELOW = Comparison


def where(field: str, comparison: Comparison, value: object) -> Query:
    return Query(conditions=(Condition(field, comparison, value),), order_by="name")


def names(page) -> list[str]:
    return [item.name for item in page.items]


@pytest.fixture
async def shelf(store):
    """Specifications whose names are made to be mistaken for patterns."""
    for number, name in enumerate(
        ("50% off", "50 off", "a_b", "aXb", "a*b", "back\\slash", "STRASSE", "Ölfass \U0001f50b")
    ):
        await store.add_specification(replace(specification(f"spec-{number}", name), created_at=after_noon(number)))
    return store


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("50%", ["50% off"]),
        ("%", ["50% off"]),
        ("a_b", ["a_b"]),
        ("*", ["a*b"]),
        ("\\", ["back\\slash"]),
        ("OFF", ["50 off", "50% off"]),
        ("axB", ["aXb"]),
        ("straße", ["STRASSE"]),
        ("öL", ["Ölfass \U0001f50b"]),
        ("\U0001f50b", ["Ölfass \U0001f50b"]),
        ("' OR 1=1 --", []),
    ],
)
async def test_text_is_found_as_it_stands_in_upper_or_lower_case(shelf, text, found):
    assert names(await shelf.specifications(where("name", CONTAINS, text))) == found


async def test_every_name_contains_nothing(shelf):
    assert len(names(await shelf.specifications(where("name", CONTAINS, "")))) == 8


async def test_equal_is_exact_and_above_and_below_are_strict(shelf):
    assert names(await shelf.specifications(where("name", EQUALS, "strasse"))) == []
    assert names(await shelf.specifications(where("name", EQUALS, "STRASSE"))) == ["STRASSE"]
    assert names(await shelf.specifications(where("name", ABOVE, "back\\slash"))) == ["Ölfass \U0001f50b"]
    assert names(await shelf.specifications(where("created_at", BELOW, after_noon(1)))) == ["50% off"]
    assert names(await shelf.specifications(where("created_at", ABOVE, after_noon(6)))) == ["Ölfass \U0001f50b"]
    assert names(await shelf.specifications(where("created_at", EQUALS, after_noon(6)))) == ["STRASSE"]


@pytest.mark.parametrize("field", ["project_id", "form_factor", "manufacturer", "created_by_email"])
async def test_specifications_are_found_by_their_fields(store, field):
    await store.add_specification(specification("spec-1", "with", **{field: "Müller & Söhne"}))
    await store.add_specification(specification("spec-2", "without"))
    await store.add_specification(specification("spec-3", "other", **{field: "Maier"}))

    assert names(await store.specifications(where(field, EQUALS, "Müller & Söhne"))) == ["with"]
    assert names(await store.specifications(where(field, CONTAINS, "MÜLLER"))) == ["with"]
    assert names(await store.specifications(where(field, ABOVE, "Maier"))) == ["with"]


async def test_a_field_that_is_a_number_is_found_by_its_text(store):
    await store.add_specification(specification(form_factor=18650))

    assert names(await store.specifications(where("form_factor", EQUALS, "18650"))) == ["INR21700"]
    assert names(await store.specifications(where("form_factor", CONTAINS, "865"))) == ["INR21700"]


@pytest.mark.parametrize("field", ["batch", "batch_id", "created_by_email"])
async def test_instances_are_found_by_their_fields(lab, field):
    await lab.add_instance(instance("cell-2", "cell two", **{field: "B-7"}))

    assert names(await lab.instances(where(field, EQUALS, "B-7"))) == ["cell two"]


async def test_instances_are_found_by_the_form_factor_of_their_specification(lab):
    await lab.add_specification(specification("spec-2", "pouch", form_factor="pouch"))
    await lab.add_instance(instance("cell-2", "cell two", "spec-2"))

    assert names(await lab.instances(where("form_factor", EQUALS, "21700"))) == ["cell one"]
    assert names(await lab.instances(where("form_factor", CONTAINS, "POU"))) == ["cell two"]
    found = await lab.instances_of(["spec-1", "spec-2"], where("form_factor", EQUALS, "pouch"))
    assert {parent: names(page) for parent, page in found.items()} == {"spec-1": [], "spec-2": ["cell two"]}


async def test_rows_are_found_by_their_parent(lab):
    await lab.add_instance(instance("cell-2", "cell two"))
    await lab.add_measurement(measurement("test-2", "test two", "cell-2"))

    assert names(await lab.instances(where("cell_specification_id", EQUALS, "spec-1"))) == ["cell one", "cell two"]
    assert names(await lab.measurements(where("cell_instance_id", EQUALS, "cell-2"))) == ["test two"]
    assert names(await lab.measurements(Query(), ["cell-2"])) == ["test two"]
    assert names(await lab.measurements(Query(order_by="name"), ["cell-2", "cell-1", "gone"])) == [
        "test one",
        "test two",
    ]
    assert names(await lab.measurements(Query(), [])) == []


async def test_measurements_are_found_by_type_start_and_tags(lab):
    later = measurement("test-2", "later", start_time=NOON, measurement_type="file", tags=("ageing", "50%"))
    await lab.add_measurement(later)
    await lab.add_measurement(measurement("test-3", "earlier", start_time=after_noon(-1), tags=("ageing",)))

    assert names(await lab.measurements(where("measurement_type", EQUALS, "file"))) == ["later"]
    assert names(await lab.measurements(where("start_time", BELOW, NOON))) == ["earlier"]
    assert names(await lab.measurements(where("start_time", ABOVE, after_noon(-2)))) == ["earlier", "later"]
    assert names(await lab.measurements(Query(tags_all=("ageing", "50%")))) == ["later"]
    assert names(await lab.measurements(Query(tags_all=("ageing", "ageing"), order_by="name"))) == ["earlier", "later"]
    assert names(await lab.measurements(Query(tags_any=("nobody", "50%")))) == ["later"]
    assert names(await lab.measurements(Query(tags_all=("AGEING",)))) == []
    assert await lab.tags() == {"ageing": 2, "50%": 1}


async def test_a_tag_is_counted_once_for_a_measurement_and_not_after_it_went(lab):
    await lab.add_measurement(measurement("test-2", "two", tags=("a", "a", "b")))
    assert await lab.tags() == {"a": 1, "b": 1}

    await lab.change_measurement("test-2", lambda old: replace(old, tags=("c",)))
    assert await lab.tags() == {"c": 1}

    await lab.delete_measurement("test-2")
    assert await lab.tags() == {}


async def test_rows_without_a_start_come_last_in_both_directions(lab):
    for number in (3, 1, 2):
        await lab.add_measurement(measurement(f"test-1{number}", f"{number}", start_time=after_noon(number)))
    await lab.add_measurement(measurement("test-0", "zero"))

    up = await lab.measurements(Query(order_by="start_time"))
    down = await lab.measurements(Query(order_by="start_time", is_descending=True))
    assert names(up) == ["1", "2", "3", "zero", "test one"]
    assert names(down) == ["3", "2", "1", "test one", "zero"]


async def test_a_page_says_whether_there_is_more_and_how_many_where_asked(shelf):
    page = await shelf.specifications(Query(limit=3, offset=4, with_total=True))
    assert (names(page), page.has_more, page.total) == (["a*b", "back\\slash", "STRASSE"], True, 8)

    rest = await shelf.specifications(Query(after=page.places[-1], with_total=True))
    assert (names(rest), rest.has_more, rest.total) == (["Ölfass \U0001f50b"], False, 8)

    none = await shelf.specifications(Query(limit=0))
    assert (none.items, none.places, none.has_more, none.total) == ((), (), True, None)


async def test_each_parent_has_a_page_of_its_own(lab):
    await lab.add_instance(instance("cell-2", "cell two"))
    for number in range(5):
        await lab.add_measurement(measurement(f"test-2{number}", f"2.{number}", "cell-2"))

    query = Query(order_by="name", limit=2, offset=1, with_total=True)
    pages = await lab.measurements_of(["cell-2", "gone", "cell-1", "cell-2"], query)

    seen = {parent: (names(page), page.has_more, page.total) for parent, page in pages.items()}
    assert seen == {"cell-2": (["2.1", "2.2"], True, 5), "gone": ([], False, 0), "cell-1": ([], False, 1)}
    after = replace(query, offset=0, after=pages["cell-2"].places[-1])
    assert names((await lab.measurements_of(["cell-2"], after))["cell-2"]) == ["2.3", "2.4"]
    assert await lab.measurements_of([], query) == {}


IMPOSSIBLE = [
    (Query(order_by="fields"), "name"),
    (Query(order_by="start_time"), "updated_at"),
    (Query(order_by="id; DROP TABLE x"), "created_at"),
    (Query(tags_any=("a",)), "no tags"),
    (Query(limit=-1), "0 or more"),
    (Query(offset=-1), "0 or more"),
    (Query(offset=2**70), "within reason"),
    (Query(conditions=(Condition("name", EQUALS, "x"),) * 1001), "at most"),
    (where("batch", EQUALS, "x"), "manufacturer"),
    (where("fields", EQUALS, "x"), "form_factor"),
    (where("name = '' OR name", EQUALS, "x"), "project_id"),
    (where("name", EQUALS, 5), "text"),
    (where("name", EQUALS, None), "text"),
    (where("name", EQUALS, "\ud800"), "surrogates"),
    (where("created_at", EQUALS, "2026-06-21"), "time"),
    (where("created_at", ABOVE, NOON.replace(tzinfo=None)), "zone"),
    (where("created_at", CONTAINS, NOON), "BELOW"),
]


@pytest.mark.parametrize(("query", "said"), IMPOSSIBLE)
async def test_what_cannot_be_asked_is_told_with_what_can(store, query, said):
    with pytest.raises(ValueError, match=said):
        await store.specifications(query)


@pytest.mark.parametrize("query", [Query(order_by="voltage"), where("voltage", EQUALS, "x"), Query(after="x")])
async def test_every_list_refuses_what_it_does_not_know(store, query):
    with pytest.raises(ValueError, match=r"ask for|no place"):
        await store.instances_of(["spec-1"], query)
    with pytest.raises(ValueError, match=r"ask for|no place"):
        await store.measurements_of([], query)
    with pytest.raises(ValueError, match=r"ask for|no place"):
        await store.measurements(query, [])


@pytest.mark.parametrize(
    "place",
    ["", "x", "ö", "bnVsbA==", "W10=", "WyJuYW1lIiwgMSwgMV0=", "WyJuYW1lIiwgIlx1ZDgwMCIsICJhIl0=", "W" * 100_000],
)
async def test_a_place_that_no_page_told_is_refused(lab, place):
    with pytest.raises(ValueError, match="no place in a list"):
        await lab.specifications(Query(order_by="name", after=place))


async def test_a_place_of_another_order_is_refused(lab):
    (place,) = (await lab.measurements(Query(order_by="name"))).places

    with pytest.raises(ValueError, match="in the order of name, not of start_time"):
        await lab.measurements(Query(order_by="start_time", after=place))

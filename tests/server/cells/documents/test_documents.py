from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.cells.models import CellMeasurement, CellSpecification, MeasurementType
from server.cells.documents import documents
from server.cells.documents.documents import changed_instance, changed_measurement, changed_specification, instant, tags
from server.cells.errors import FieldError

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def specification(**fields: Any) -> CellSpecification:
    return documents.new_specification("s1", {"name": "LG M50", **fields}, NOW)


def measurement(kind: MeasurementType = MeasurementType.TIME_SERIES, **fields: Any) -> CellMeasurement:
    return documents.new_measurement("m1", "i1", kind, {"name": "test", **fields}, NOW)


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "x" * 200,
        'it\'s "5 %"',
        "eq.cell",
        "_*%",
        "电池",
        "🔋",
        "👩‍🔬",
        " led by a space",
        "é",
        "'; DROP TABLE cell--",
    ],
)
def test_names_that_people_use_are_kept_as_they_are(name):
    assert specification(name=name).name == name


@pytest.mark.parametrize(
    "name", [None, "", " ", "\u3000\u200b", "x" * 201, "a\nb", "\0", "a\tb", "\ud800", "a\u2028b", 5, True, ["a"], {}]
)
def test_names_that_nobody_can_see_or_say_are_refused(name):
    with pytest.raises(FieldError) as caught:
        specification(name=name)
    assert caught.value.field == "name"


def test_a_new_one_needs_a_name():
    with pytest.raises(FieldError, match="name must be text, not nothing"):
        documents.new_specification("s1", {"notes": "x"}, NOW)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"form_factor": 18650}, "form_factor"),
        ({"manufacturer": ["LG"]}, "manufacturer"),
        ({"project_id": 5}, "project_id"),
        ({"notes": {"a": 1}}, "notes"),
        ({"ratings": 5}, "ratings"),
        ({"ratings": {"capacity": 5}}, "ratings.capacity"),
        ({"ratings": {"capacity": {"unit": "A.h"}}}, "ratings.capacity.value"),
        ({"ratings": {"capacity": {"value": "5", "unit": "A.h"}}}, "ratings.capacity.value"),
        ({"ratings": {"capacity": {"value": True, "unit": "A.h"}}}, "ratings.capacity.value"),
        ({"ratings": {"capacity": {"value": math.nan, "unit": "A.h"}}}, "ratings.capacity.value"),
        ({"ratings": {"capacity": {"value": 5, "unit": 1}}}, "ratings.capacity.unit"),
        ({"anode": "graphite"}, "anode"),
        ({"source": []}, "source"),
        ({"mine": {"deep": [1, {"x": math.inf}]}}, "mine.deep[1].x"),
        ({"mine": 2**64}, "mine"),
        ({"mine": {1: 2}}, "mine"),
        ({"mine": {"": 2}}, "mine"),
        ({"mine": "\ud800"}, "mine"),
        ({"mine": "a\0b"}, "mine"),
        ({"mine": {"\ud800": 1}}, "mine"),
        ({"mine": NOW}, "mine"),
        ({"mine": {"a": {1, 2}}}, "mine.a"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(fields, path):
    with pytest.raises(FieldError) as caught:
        specification(**fields)
    assert caught.value.field == path
    assert str(caught.value).startswith(path)


def test_unknown_fields_and_spellings_are_kept():
    fields = {
        "ratings": {"capacity": {"value": 5, "unit": "A*h", "how": "C/10"}, "odd": {"value": -1.5}},
        "anode": {"material": {"name": "graphite", "definition": {"x": [1, None, True]}}},
        "our own": [{"a": "ü"}, 1.5, -(2**63)],
    }
    assert specification(**fields).fields == fields


def test_what_busbar_keeps_track_of_is_ignored():
    before = specification(notes="x")
    sent_back = {"id": "other", "created_at": "1999", "updated_at": 5, "name": "LG M50", "notes": "x", "columns": 5}

    after = changed_specification(before, sent_back, LATER)

    assert after == replace(before, updated_at=LATER)
    assert documents.named(sent_back) == ["name", "notes"]


def test_changes_merge_key_by_key_and_none_removes():
    before = specification(
        notes="x", ratings={"capacity": {"value": 5, "unit": "A.h"}, "energy": {"value": 18}}, mine=[{"a": 1}]
    )

    after = changed_specification(
        before,
        {"notes": None, "ratings": {"capacity": {"value": 4.9}, "energy": None}, "mine": [{"b": None}]},
        LATER,
    )

    assert after.fields == {"ratings": {"capacity": {"value": 4.9, "unit": "A.h"}}, "mine": [{"b": None}]}
    assert (after.name, after.created_at, after.updated_at) == ("LG M50", NOW, LATER)
    assert before.fields["notes"] == "x"


def test_a_merge_is_checked_as_a_whole():
    before = specification(mine={"a": 1})
    with pytest.raises(FieldError, match=r"ratings.capacity.value must be a number, not nothing"):
        changed_specification(before, {"ratings": {"capacity": {"unit": "A.h"}}}, LATER)
    full = changed_specification(before, {"more": {str(number): 1 for number in range(15_000)}}, LATER)
    with pytest.raises(FieldError, match="beyond what a document holds"):
        changed_specification(full, {"still more": {str(number): 1 for number in range(15_000)}}, LATER)


def test_a_document_is_neither_deep_nor_endless():
    deep: dict[str, object] = {}
    for _ in range(10_000):
        deep = {"a": deep}
    with pytest.raises(FieldError, match="lies too deep"):
        specification(mine=deep)
    with pytest.raises(FieldError, match="beyond what a document holds"):
        specification(mine=[0] * 1_000_000)
    with pytest.raises(FieldError, match="beyond what a document holds"):
        specification(mine="x" * 2_000_000)


def test_a_clock_put_back_makes_no_change_older():
    assert changed_specification(specification(), {"notes": "x"}, NOW - timedelta(days=1)).updated_at == NOW


def test_an_instance_has_a_batch_and_properties():
    instance = documents.new_instance(
        "i1", "s1", {"name": "x", "batch": "B7", "measured_properties": {"mass": {}}}, NOW
    )
    assert instance.cell_specification_id == "s1"
    for field, wrong in (("batch", 7), ("batch_id", 7), ("measured_properties", 7), ("date_manufactured", 2026)):
        with pytest.raises(FieldError) as caught:
            changed_instance(instance, {field: wrong}, NOW)
        assert caught.value.field == field


@pytest.mark.parametrize(
    ("given_time", "expected"),
    [
        ("2026-11-21T09:30:00Z", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21T09:30:00", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21 10:30:00.25+01:00", datetime(2026, 11, 21, 9, 30, 0, 250_000, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        (
            datetime(2026, 11, 21, 10, 30, tzinfo=timezone(timedelta(hours=1))),
            datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
        ),
        (None, None),
    ],
)
def test_times_are_iso_8601_and_utc_without_an_offset(given_time, expected):
    assert instant("start_time", given_time) == expected


@pytest.mark.parametrize(
    "wrong", ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", 1_700_000_000, True, [], "9" * 99]
)
def test_other_times_are_refused(wrong):
    with pytest.raises(FieldError, match=r"^start_time must be a time"):
        measurement(start_time=wrong)


def test_times_and_tags_are_attributes_and_no_fields():
    found = measurement(start_time="2026-01-01", end_time="2026-01-02", tags=["a", "b", "a"], protocol={"name": "p"})
    assert (found.start_time, found.tags, found.fields) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        ("a", "b"),
        {"protocol": {"name": "p"}},
    )
    cleared = changed_measurement(found, {"tags": None, "end_time": None}, NOW)
    assert (cleared.tags, cleared.end_time, cleared.start_time) == ((), None, found.start_time)


@pytest.mark.parametrize(
    ("wrong", "path"), [("a", "tags"), ([1], "tags[0]"), (["a", ""], "tags[1]"), (["x" * 101], "tags[0]"), ({}, "tags")]
)
def test_tags_are_a_list_of_short_text(wrong, path):
    with pytest.raises(FieldError) as caught:
        tags(wrong)
    assert caught.value.field == path
    with pytest.raises(FieldError, match="at most 100"):
        tags([str(number) for number in range(101)])


def test_an_end_is_not_before_its_start_and_not_in_a_recording():
    with pytest.raises(FieldError, match=r"^end_time is before start_time"):
        measurement(start_time="2026-01-02", end_time="2026-01-01")
    with pytest.raises(FieldError, match="finish the measurement"):
        changed_measurement(replace(measurement(), is_recording=True), {"end_time": "2026-01-01"}, NOW)


def test_properties_must_be_there():
    assert measurement(MeasurementType.PROPERTIES, properties={"mass_g": 70.1}).fields["properties"] == {"mass_g": 70.1}
    with pytest.raises(FieldError, match=r"^properties must be an object"):
        measurement(MeasurementType.PROPERTIES)
    with pytest.raises(FieldError, match=r"^properties must be an object"):
        measurement(MeasurementType.PROPERTIES, properties=[])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
KNOWN = st.sampled_from(["name", "ratings", "notes", "tags", "start_time", "end_time", "protocol", "properties", "x"])


@settings(deadline=None)
@given(fields=st.dictionaries(KNOWN, JSON, max_size=6), changes=st.dictionaries(KNOWN, JSON, max_size=6))
def test_any_json_is_kept_or_refused_and_what_is_kept_is_json(fields, changes):
    before = CellMeasurement("m1", "test", "i1", created_at=NOW, updated_at=NOW)
    for each in (fields, changes):
        with suppress(FieldError):
            before = changed_measurement(before, each, NOW)
        assert orjson.loads(orjson.dumps(before.fields)) == before.fields

"""The limits as the configuration takes them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from server.graphql.documents.overruns import TOLD
from server.graphql.limits import Limits
from server.settings import ConfigurationError, load

NAMES = [field.name for field in fields(Limits) if field.name != "report_only"]


def test_they_are_the_defaults_and_each_can_be_set():
    assert load({}, {}).graphql == Limits()
    for name in NAMES:
        assert getattr(load({"graphql": {name: 7}}, {}).graphql, name) == 7
    assert load({"graphql": {"report_only": True}}, {}).graphql.report_only is True
    assert load({}, {"BUSBAR_GRAPHQL__REPORT_ONLY": "true", "BUSBAR_GRAPHQL__MAX_DEPTH": "20"}).graphql == Limits(
        max_depth=20, report_only=True
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [0, -1, True, float("nan"), float("inf"), 10**10, "many", None, []])
def test_r44_what_is_no_limit_is_told_in_one_line(name: str, value: object):
    with pytest.raises(ConfigurationError) as refused:
        load({"graphql": {name: value}}, {})
    assert str(refused.value).startswith("graphql")
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"graphql": {"report_only": 7}}, "graphql.report_only = 7 (the command line): should be a valid boolean"),
        ({"graphql": {"max_dept": 7}}, "graphql.max_dept (the command line): no such setting; known here: max_doc"),
        ({"graphql": {"max_depth": 1.5}}, "graphql.max_depth = 1.5 (the command line): should be a valid integer"),
        ({"documents": {"only_trusted": True}}, "documents (the command line): only_trusted without a file in trusted"),
        ({"documents": {"trusted": 7}}, "documents.trusted = 7 (the command line): "),
        (
            {"documents": {"only": True}},
            "documents.only (the command line): no such setting; known here: trusted",
        ),
    ],
)
def test_r44_a_mistake_is_told_in_one_line(given: dict[str, Any], says: str):
    with pytest.raises(ConfigurationError) as refused:
        load(given, {})
    assert str(refused.value).startswith(says)


def test_a_file_of_trusted_documents_is_named_by_a_path():
    section = load({"documents": {"trusted": "a/b.json", "only_trusted": True}}, {}).documents
    assert (section.trusted, section.only_trusted) == (Path("a/b.json"), True)


def test_each_limit_of_a_document_has_a_sentence():
    assert TOLD.keys() == {name for name in NAMES if name.startswith("max_")} - {
        "max_sockets", "max_operations_per_socket",
    }  # fmt: skip

"""The three operations that GraphiQL opens with fit the schema and the limits."""

from __future__ import annotations

import pytest
from graphql import OperationType

from schema import build_schema
from server.graphql.documents.documents import Documents
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import Asked
from tests.together.process import ROOT

FOLDER = ROOT / "web" / "operations"
LONGEST_LINE = 58
"""More would not be seen beside the answer on a small screen."""


@pytest.mark.parametrize("kind", OperationType)
def test_each_kind_of_operation_has_one_that_may_run(kind):
    limits = Limits()
    documents = Documents(build_schema(), limits, Meters())

    operation = documents.operation(Asked((FOLDER / f"{kind.value}.graphql").read_text()))

    assert operation.kind is kind
    assert operation.name
    assert operation.cost({}) <= limits.max_cost


def test_they_begin_with_a_comment_and_can_be_read_at_once():
    files = list(FOLDER.iterdir())
    assert {file.stem for file in files} == {kind.value for kind in OperationType}
    for file in files:
        lines = file.read_text().splitlines()
        assert lines[0].startswith("# ")
        assert max(map(len, lines)) <= LONGEST_LINE

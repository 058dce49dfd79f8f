"""docs/limits.md says of the limits what the code does."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from server.graphql.documents import weights
from server.graphql.documents.overruns import TOLD
from server.graphql.documents.trusted import digest, read_trusted
from server.graphql.limits import Limits
from server.graphql.operations import Asked
from server.settings import load
from tests.server.graphql.documents.asking import documents, refusal
from tests.together.process import ROOT

DOCUMENT = (ROOT / "docs" / "limits.md").read_text()
ERROR, TRUSTED, PERSISTED = re.findall(r"^```json\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)


def cost(text: str) -> int:
    return documents().operation(Asked(text)).cost({})


def test_the_refusal_is_the_one_that_is_shown():
    deep = "{ panels { nodes {" + "circuits { panel {" * 6 + "name" + "}}" * 6 + "}}}"
    assert json.loads(ERROR) == {"errors": [error.formatted for error in refusal(documents(), deep).errors]}


def test_each_limit_is_told_with_its_default():
    told = dict(re.findall(r"^\| `(max_\w+)` \| ([\d,]+) \|", DOCUMENT, re.MULTILINE))
    assert told == {name: f"{getattr(Limits(), name):,}" for name in TOLD}


@pytest.mark.parametrize(
    ("what", "costs"),
    [
        ("an object", weights.OBJECT),
        ("a value", weights.LEAF),
        ("`totalCount`", weights.COUNT),
        ("a number of a series: `maxPoints` times its columns", weights.NUMBER),
        ("`stepTable`, `cycleTable`", weights.TABLE),
        ("`meteredEnergyKwh`, `meteredEnergyMissing` of a batch", weights.METERED),
        ("`history`, besides its numbers", weights.HISTORY),
        (
            "`steps` and `cycles` of a measurement, `scrapCause`, `meteredEnergyKwh` of a batch's step",
            weights.LOOKED_UP,
        ),
        ("`parquetUrl`, `stepsUrl`", weights.SIGNED),
        ("a field of a mutation", weights.MUTATION),
        ("an object of `__schema`", weights.INTROSPECTION),
        ("an entry of a list, or a member of an object, in the variables", weights.VALUE),
    ],
)
def test_each_weight_is_told(what: str, costs: float):
    assert f"\n| {what} | {costs:g} |\n" in DOCUMENT


def test_each_field_that_is_looked_up_is_told():
    table = DOCUMENT[DOCUMENT.index("| what | costs |") : DOCUMENT.index("1 is about 0.1 ms")]
    named = set(re.findall(r"`(\w+)`", table)) - {"storage", "steps", "totalCount", "maxPoints", "__schema"}
    assert named | {"steps"} == {place.partition(".")[2] for place in weights.EXTRA}


def test_the_example_costs_what_is_said():
    (text, said) = re.findall(r"So `(.*?)` costs.*?:\n([\d,]+)\.", DOCUMENT, re.DOTALL)[0]
    assert f"{cost(text):,}" == said
    for place, rows in re.findall(r"`(circuits|steps|machines)`[a-z ]* (\d+)", DOCUMENT):
        (here,) = [name for name in weights.ROWS if name.split(".")[1] == place and "Sample" not in name]
        assert weights.ROWS[here] == int(rows)


def test_the_trusted_document_is_answered_by_the_id_of_the_example(tmp_path: Path):
    (path := tmp_path / "trusted.json").write_text(TRUSTED)
    (section,) = re.findall(r"^```toml\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    config = load(tomllib.loads(section), {}).documents
    assert (str(config.trusted), config.only_trusted) == (path.name, True)
    (body,) = re.findall(r"-d '(\{.*?\})'", DOCUMENT, re.DOTALL)
    asked: dict[str, Any] = json.loads(body)
    known = documents(read_trusted(path, only=True))
    assert known.operation(Asked(None, asked["variables"], document_id=asked["documentId"])).name == "FirstLook"


def test_the_hash_of_the_example_is_one():
    shown = json.loads(PERSISTED)
    known = documents()
    assert refusal(known, None, **shown).errors[0].message == "PersistedQueryNotFound"
    assert shown["extensions"]["persistedQuery"]["sha256Hash"] == digest("{__typename}")
    known.operation(Asked("{__typename}", **shown))
    assert known.operation(Asked(None, **shown)).kind.value == "query"


def test_each_code_is_told():
    told = set(re.findall(r"^\| `([A-Z_]+)` \| \d{3}", DOCUMENT, re.MULTILINE))
    sources = [
        (ROOT / "server" / "graphql" / "documents" / f"{name}.py").read_text()
        for name in ("documents", "prepared", "automatic")
    ]
    assert set(re.findall(r'"([A-Z]+_[A-Z_]+)"', "".join(sources))) - {"LIMIT_EXCEEDED"} == told - {
        "GRAPHQL_PARSE_FAILED"
    }

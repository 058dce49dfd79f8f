"""docs/metrics.md and docs/alerts.yml name what /metrics has, and all of it."""

from __future__ import annotations

import re
from contextlib import closing

import pytest
import yaml

from emulator.panel import EmulatedPanel
from emulator.testing.panel import SpanPanel
from server.turned_away import Reason
from tests.server.metrics.scraping import scraped
from tests.together.process import ROOT
from tests.together.whole import Whole, whole

DOCS = ROOT / "docs"
ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\|", re.MULTILINE)
OFFERED_BY_PROMETHEUS = {"up"}


@pytest.fixture(scope="module")
async def offered(anyio_backend, tmp_path_factory, span_panel_thread) -> dict[str, set[str]]:
    """The labels of each sample that a server offers after a little of everything."""
    panel = EmulatedPanel.create("pilot-plant-40", speed=0.0)
    with closing(SpanPanel(panel, span_panel_thread)) as shown:
        async with whole(tmp_path_factory.mktemp("metrics"), shown) as busbar:
            return await labels_offered(busbar)


async def labels_offered(busbar: Whole) -> dict[str, set[str]]:
    await busbar.answer("{ nothingOfTheKind }")
    await busbar.answer("{ " + " ".join(f"a{i}: serverInfo {{ name }}" for i in range(40)) + " }")
    found = await scraped(busbar.http)
    return {sample.name: set(sample.labels) for family in found for sample in family.samples}


async def test_the_table_has_every_metric_with_its_labels(offered):
    told = {
        name: set(re.findall(r"`(\w+)`", labels)) for name, labels in ROW.findall((DOCS / "metrics.md").read_text())
    }

    found = {
        re.sub(r"_(sum|count)$", "", name): labels for name, labels in offered.items() if name.startswith("busbar_")
    }

    assert told == found


def test_the_list_has_every_reason_to_be_turned_away():
    assert set(re.findall(r"^- `(\w+)`:", (DOCS / "metrics.md").read_text(), re.MULTILINE)) == set(Reason)


async def test_the_alerts_ask_for_metrics_and_labels_that_there_are(offered):
    rules = [rule for group in yaml.safe_load((DOCS / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
    assert len(rules) >= 8
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "warn")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]
        asked = re.findall(
            r"\b([a-z]+(?:_[a-z]+)*)(?:\{([^}]*)\})?",
            re.sub(r"\b(sum|increase|rate|by) ?\(([a-z]*\) ?\()?", "(", rule["expr"]),
        )
        names = {name: set(re.findall(r"(\w+)[!=]", labels)) for name, labels in asked if "_" in name or name == "up"}
        assert names, rule["expr"]
        for name, labels in names.items():
            assert name in offered or name in OFFERED_BY_PROMETHEUS, name
            assert labels - {"job", "instance"} <= offered.get(name, set()), name


async def test_what_the_text_names_there_is(offered):
    named = set(re.findall(r"\b((?:busbar|process)_[a-z_]+)", (DOCS / "metrics.md").read_text()))
    assert named - set(offered) == {"busbar_store_commit_seconds"}

"""What a Prometheus makes of an answer of /metrics, by its own parser."""

from __future__ import annotations

import httpx
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

Values = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scraped(http: httpx.AsyncClient) -> list[Metric]:
    return parsed(await http.get("/metrics"))


def parsed(answer: httpx.Response) -> list[Metric]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return list(text_string_to_metric_families(answer.text))


def values(found: list[Metric]) -> Values:
    return {(each.name, frozenset(each.labels.items())): each.value for family in found for each in family.samples}


def value(found: list[Metric], name: str, **labels: str) -> float:
    return values(found)[name, frozenset(labels.items())]

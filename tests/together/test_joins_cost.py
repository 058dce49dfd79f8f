"""What the query over all three worlds costs: as many statements for twenty batches as for one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import graphql
import pytest

from schema import build_schema
from server.graphql.limits import Limits as EdgeLimits
from server.joins.limits import Limits
from tests.schema.cells.test_lab import counted
from tests.together.whole import Whole, whole

# 3: the batches, their number and their steps; 6: the log's place (two) as of each of the three looks at machines;
# 2: which cells, and their rows; 1: their designs; 3: which batch made them, that batch and its steps; 1: which of them
# were scrapped; 1: their measurements; 2: those' steps and cycles; 2: those' rows and files, for the series; 1: what
# was metered of the batches, why not, and of their steps
STATEMENTS = 22
FEW = Limits(series_per_batch=2, series_every_s=3600.0, cells_per_batch=10)
ACROSS = """query($batches: Int!, $cells: Int!, $serial: String!) {
  batches(first: $batches) {
    totalCount
    nodes {
      batchId state progress energyKwh meteredEnergyKwh meteredEnergyMissing sharedEnergyKwh
      steps {
        result { energyKwh } meteredEnergyKwh
        machine { line stage circuit { name powerW panel { serial name } machine { stage } } }
      }
      cells(first: $cells) {
        totalCount
        nodes {
          name measuredProperties scrapCause
          producedBy { batchId }
          specification { name }
          measurements(first: 1) {
            nodes {
              name tags
              steps { stepType durationS }
              cycles { cycleCount }
              series(columns: ["Voltage [V]", "Current [A]"], maxPoints: 100)
            }
          }
        }
      }
    }
  }
  panel(serial: $serial) { circuits { name powerW machine { line stage currentBatch { batchId progress } } } }
}"""


@pytest.fixture
async def opened(tmp_path: Path, span_panel_factory):
    async with whole(tmp_path, span_panel_factory("pilot-plant-40"), FEW) as opened:
        yield opened


async def asked(opened: Whole, batches: int, cells: int) -> tuple[dict[str, Any], list[str]]:
    """What is answered, and the statements that readers ran for it: the fewest of five, for others read beside it."""
    tries = []
    for _ in range(5):
        with counted(opened.world.database) as statements:
            answer = await opened.ask(ACROSS, batches=batches, cells=cells, serial=opened.panel.serial)
        tries.append([each for each in statements if each not in ("BEGIN", "ROLLBACK") and "api_token" not in each])
    return answer, min(tries, key=len)


async def test_the_query_over_all_three_worlds_is_a_constant_number_of_statements(opened):
    await opened.wire_all()
    await opened.made(*(f"b{number:02}" for number in range(20)))

    one, narrow = await asked(opened, 1, 1)
    many, broad = await asked(opened, 20, 5)

    assert one["batches"]["totalCount"] == len(many["batches"]["nodes"]) == 20
    cells = [cell for batch in many["batches"]["nodes"] for cell in batch["cells"]["nodes"]]
    assert len(cells) == 100
    assert [each["machine"]["stage"] for each in many["panel"]["circuits"] if each["machine"]]
    assert len(narrow) == len(broad) == STATEMENTS, "\n".join(broad)


def test_it_fits_the_limits_of_a_document():
    document = graphql.parse(ACROSS, no_location=False)
    assert sum(1 for _ in tokens(document)) < EdgeLimits().max_tokens / 4
    assert graphql.validate(build_schema()._schema, document) == []


def tokens(document: graphql.DocumentNode):
    token = document.loc.start_token if document.loc else None
    while token is not None:
        yield token
        token = token.next

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from structlog.testing import capture_logs

from clients.cells.models import VOLTAGE
from clients.plant.models import Stage
from schema.ports import Query, SeriesWish, StoppingError
from server.joins.limits import Limits
from server.stores.errors import StoreError
from server.stores.joins import MadeBatch
from tests.server.joins.conftest import SMALL, Site

CELLS_OF_A_BATCH = 1000


async def cells(site: Site, batch_id: str, *, scrapped: bool | None = None) -> list[str]:
    page = (await site.production.cells_of([batch_id], CELLS_OF_A_BATCH, scrapped=scrapped))[batch_id]
    return [cell.instance_id for cell in page.items]


async def test_a_finished_batch_brings_its_cells_and_their_formation(site):
    batch = await site.completed("one", recipe="Tab cell")
    assert await site.tracer().once() == 1

    (specification,) = (await site.lab.cells.specifications(Query())).items
    good, bad = await cells(site, "one", scrapped=False), await cells(site, "one", scrapped=True)
    instances = await site.lab.cells.instances_by_id([*good, *bad])
    runs = await site.lab.cells.measurements_of(good, Query())
    assert specification.name == "Tab cell"
    assert len(good) == batch.cells
    assert {each.cell_specification_id for each in instances.values()} == {specification.id}
    assert {len(page.items) for page in runs.values()} == {1}
    assert {instances[each].scrap_cause for each in bad} == {"self_discharge"}
    capacities = [instances[each].measured_properties["cell"]["capacity"]["value"] for each in (*good, *bad)]
    assert sum(capacities) / len(capacities) == pytest.approx(
        next(s.result.readings["capacity_a_h"] for s in batch.steps if s.machine.stage is Stage.AGING and s.result)
    )


async def test_a_few_cells_have_samples_and_all_others_their_steps(site):
    await site.completed("one")
    await site.tracer().once()

    good = await cells(site, "one", scrapped=False)
    runs = {key: page.items[0] for key, page in (await site.lab.cells.measurements_of(good, Query())).items()}
    ids = [runs[each].id for each in good]
    steps = await site.lab.samples.steps(ids)
    series = await site.lab.samples.series(ids[:2], SeriesWish((VOLTAGE,)))
    assert [runs[each].row_count for each in good] == [25, 25] + [0] * (len(good) - 2)
    assert {len(table["Step count"]) for table in steps.values()} == {2}
    assert len(steps) == len(good)
    assert all(len(each.time) == 25 for each in series.values())
    one = runs[good[0]]
    assert one.tags == ("simulated", "formation")
    assert one.simulated["seed"] == "7"
    assert (one.end_time - one.start_time).total_seconds() == 86_400


async def test_what_was_made_is_not_made_again(opened_site):
    async with opened_site() as site:
        await site.completed("one")
        await site.tracer().once()
        before = await site.count("cell_instance")
        assert await site.tracer().once() == 0
    async with opened_site() as site:
        assert await site.tracer().once() == 0
        assert await site.count("cell_instance") == before
        assert await site.told("cells") == ["BatchCellsMade"]


class Refusing:
    """A production store whose disk is full for a while."""

    def __init__(self, store, times: int, error: Exception | None = None) -> None:
        self.store, self.times, self.error = store, times, error or StoreError("the disk is full")

    def __getattr__(self, name: str):
        return getattr(self.store, name)

    async def make(self, made: MadeBatch, events) -> bool:
        self.times -= 1
        if self.times >= 0:
            raise self.error
        was_new: bool = await self.store.make(made, events)
        return was_new


@pytest.mark.parametrize("error", [StoreError("the disk is full"), StoppingError()])
async def test_what_could_not_be_written_leaves_nothing_and_comes_later(site, error):
    await site.completed("one")
    tracer = site.tracer(
        Limits(series_per_batch=2, series_every_s=3600.0, retry_s=0.05), Refusing(site.production, 2, error)
    )
    empty = site.files()
    with pytest.raises(type(error)):
        await tracer.once()
    assert (await site.count("cell_instance"), site.files()) == (0, empty)

    with site.hub.bell(["cells"]) as told, capture_logs() as logged:
        tracing = asyncio.create_task(tracer.run())
        await asyncio.wait_for(told.wait(), 30)
    tracing.cancel()
    assert [(each["event"], each["reason"]) for each in logged] == [("cells_not_made", str(error))]
    assert await site.count("cell_measurement") == len(await cells(site, "one", scrapped=False))


class Jamming(Refusing):
    """A production store that breaks, as no store should, on one batch for a while."""

    async def make(self, made: MadeBatch, events) -> bool:
        if made.batch_id == "one" and self.times > 0:
            self.times -= 1
            raise OSError("no space left on device")
        was_new: bool = await self.store.make(made, events)
        return was_new


async def test_a_batch_that_breaks_holds_up_no_other_and_comes_later(site):
    await site.completed("one")
    await site.completed("two")
    limits, jamming = Limits(series_per_batch=0, retry_s=0.05), Jamming(site.production, 2)
    with pytest.raises(OSError, match="no space"):
        await site.tracer(limits, jamming).once()
    assert (await cells(site, "one"), bool(await cells(site, "two"))) == ([], True)

    with site.hub.bell(["cells"]) as told:
        tracing = asyncio.create_task(site.tracer(limits, jamming).run())
        await asyncio.wait_for(told.wait(), 30)
    assert not tracing.done()
    tracing.cancel()
    assert (jamming.times, bool(await cells(site, "one"))) == (0, True)


async def test_a_kill_in_the_transaction_leaves_all_or_nothing(site):
    await site.completed("one")

    def broken(db):
        db.execute(
            "CREATE TRIGGER stop BEFORE INSERT ON made_cell WHEN NEW.number = 200"
            " BEGIN SELECT RAISE(ABORT, 'stop'); END"
        )

    await site.database.write(broken)
    with pytest.raises(sqlite3.IntegrityError):
        await site.tracer().once()
    assert [await site.count(table) for table in ("cell_specification", "cell_instance", "made_cell")] == [0, 0, 0]
    await site.database.write(lambda db: db.execute("DROP TRIGGER stop") and None)
    assert await site.tracer().once() == 1


async def test_a_specification_that_is_there_is_used_and_one_deleted_is_made_again(site):
    mine = await site.lab.cells.create_specification({"name": "Mine", "manufacturer": "me"})
    await site.completed("one", recipe="Mine")
    await site.tracer().once()
    assert (await site.lab.cells.specifications(Query())).items == (mine,)

    await site.lab.cells.delete_specification(mine.id, cascade=True)
    assert await cells(site, "one") == []
    await site.completed("two", recipe="Mine")
    await site.tracer().once()
    (again,) = (await site.lab.cells.specifications(Query())).items
    assert again.name == "Mine"
    assert again.id != mine.id
    assert await cells(site, "two")


async def test_cells_that_have_the_names_already_are_left_alone(site):
    mine = await site.lab.cells.create_specification({"name": "Mine"})
    await site.lab.cells.create_instance(mine.id, {"name": "one-0003"})
    await site.completed("one", recipe="Mine")
    await site.tracer().once()
    found = await site.lab.cells.instances_by_id(await cells(site, "one"))
    assert {each.name.rpartition("-")[0] for each in found.values()} == {"one (2)"}


async def test_a_batch_that_says_too_little_is_given_up_and_the_next_is_made(site):
    await site.completed("one")
    await site.completed("two")
    await site.database.write(
        lambda db: db.execute("DELETE FROM plant_step WHERE batch_place = 1 AND machine = 15") and None
    )
    assert await site.tracer().once() == 2
    assert await site.tracer().once() == 0
    assert "one" not in {each.batch_id for each in (await site.production.made_by(await cells(site, "two"))).values()}
    assert await cells(site, "two")


async def test_a_page_of_cells_goes_on_where_the_last_one_ended(site):
    await site.completed("one")
    await site.tracer(SMALL).once()
    everything = await cells(site, "one")
    seen: list[str] = []
    after, more = 0, True
    while more:
        page = (await site.production.cells_of(["one"], 100, after))["one"]
        seen += [cell.instance_id for cell in page.items]
        after, more = page.items[-1].number, page.has_more
        assert page.total == len(everything)
    assert seen == everything

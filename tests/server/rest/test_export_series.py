"""Series by URL from the whole running server: circuits, machines and measurements, in each format."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import polars as pl
import pytest

from clients.plant.models import READINGS, RESULTS, Stage
from schema.ports import Series, TopicFilter
from server.app import create_app
from server.clock import Clock
from server.config import DATABASE_FILE, Config, PlantSection, ServerSection
from server.lifespan import lifespan
from server.plant.events import EventKind
from server.rest.export_series import Format
from server.rest.export_writing import written
from server.security.keys import found_keys
from server.security.vault import AesVault
from server.stores.panels import PanelRecord
from server.stores.sqlite.database import Database
from server.stores.sqlite.panels import SqlitePanelStore
from server.stores.sqlite.sealing import seal_secrets
from tests.schema.nouns import KITCHEN, NOW, SERIAL, circuit, snapshot
from tests.schema.serving import served
from tests.server.rest.cells.face import Face, samples

SERIES = "/export/series"
POWERS_W = [float(100 + second % 7) for second in range(60)]
DASHBOARD = Path(__file__).parents[3] / "examples/grafana/busbar.json"


@asynccontextmanager
async def running(folder: Path, tokens: tuple[str, ...] = ()) -> AsyncIterator[Face]:
    """A server with a panel that is away, but has a history, and a plant that goes as fast as it can."""
    async with Database.open(folder / DATABASE_FILE) as database:
        record = PanelRecord(SERIAL, "Home", "127.0.0.1", 9, "token", NOW, {})
        vault = AesVault(*found_keys(None, None, None, folder, may_make=True))
        await seal_secrets(database, vault, busy_timeout_s=5.0)
        await SqlitePanelStore(database, vault, Clock()).save(record)
    config = Config(
        server=ServerSection(data=folder),
        plant=PlantSection(speed="max", seed=7),
        tokens=tokens,  # type: ignore[arg-type]
    )
    app = create_app(config)
    async with lifespan(app), served(app) as at, httpx.AsyncClient(base_url=f"http://{at}", timeout=60) as http:
        for second, power_w in enumerate(POWERS_W):
            kept = snapshot(circuit("c1", "Kitchen", (1,), power_w))
            app.state.world.history.record(SERIAL, NOW + timedelta(seconds=second), kept)
        yield Face(app, http)


@pytest.fixture(scope="module")
async def face(tmp_path_factory: pytest.TempPathFactory):
    async with running(tmp_path_factory.mktemp("series") / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
async def measurement_id(face: Face) -> str:
    instance = await face.instance()
    return str((await face.uploaded(instance["id"], "a test"))["measurement"]["id"])


@pytest.fixture(scope="module")
async def made(face: Face) -> None:
    """A batch that went through the coater."""
    world = face.app.state.world
    start = await world.events.position()
    await world.plant.add_batch("b-1")
    async with aclosing(world.events.follow(start, [TopicFilter("plant", "batch/b-1")])) as feed:
        async for event, _ in feed:
            if event.kind == EventKind.BATCH_COMPLETED:
                return


async def rows(face: Face, **params: Any) -> Any:
    return await face.ask("GET", SERIES, params=params)


DAY = {"panel": SERIAL, "from": "2026-06-21T12:00:00Z", "to": "2026-06-21T13:00:00Z"}


async def test_a_circuits_power_has_its_times_as_iso(face):
    told = await rows(face, **DAY, circuit="c1")

    assert told[0] == {"time": "2026-06-21T12:00:00.000Z", "POWER_W": 100.0}
    assert [row["POWER_W"] for row in told] == POWERS_W


async def test_a_panels_grid_energy_and_times_as_grafana_gives_them(face):
    start_ms = int(NOW.timestamp() * 1000)
    told = await rows(
        face, panel=SERIAL, metric="CONSUMED_ENERGY_WH", **{"from": str(start_ms), "to": str(start_ms + 10_000)}
    )

    assert [row["CONSUMED_ENERGY_WH"] for row in told] == [5000.0] * 10


async def test_points_are_thinned_with_highs_and_lows_in_sight(face):
    told = await rows(face, **DAY, circuit="c1", maxPoints="10")

    assert 2 <= len(told) <= 10
    assert {row["POWER_W"] for row in told} >= {min(POWERS_W), max(POWERS_W)}


async def test_a_measurements_columns_have_its_seconds(face, measurement_id):
    told = await rows(
        face, measurement=measurement_id, columns="Voltage [V],Current [A]", **{"from": "100", "to": "131"}
    )

    wanted = samples().filter((pl.col("Time [s]") >= 100) & (pl.col("Time [s]") < 131))
    assert told == wanted.select(pl.col("Time [s]").alias("time_s"), "Voltage [V]", "Current [A]").to_dicts()


async def test_the_same_in_every_format(face, measurement_id):
    params = {"measurement": measurement_id, "columns": "Voltage [V]"}
    asked = {
        name: await face.http.get(SERIES, params={**params, "format": name}) for name in ("json", "csv", "parquet")
    }

    frames = [pl.DataFrame(asked["json"].json()), pl.read_csv(asked["csv"].content)]
    frames.append(pl.read_parquet(io.BytesIO(asked["parquet"].content)))
    assert all(frame.equals(frames[0]) for frame in frames)
    assert asked["json"].headers["content-type"] == "application/json"
    assert asked["csv"].headers["content-type"].startswith("text/csv")
    assert asked["parquet"].headers["content-type"] == "application/vnd.apache.parquet"


async def test_dated_parquet_holds_times(face):
    answer = await face.http.get(SERIES, params={**DAY, "circuit": "c1", "format": "parquet"})

    frame = pl.read_parquet(io.BytesIO(answer.content))
    assert frame.schema["time"] == pl.Datetime("ms", "UTC")
    assert frame["time"][0] == NOW


def test_what_is_not_known_is_null_or_empty():
    series = Series(np.array([0.0, 1.5]), {"a": np.array([np.nan, 2.0])}, 2)
    assert json.loads(written(series, Format.JSON, False)) == [{"time_s": 0.0, "a": None}, {"time_s": 1.5, "a": 2.0}]
    assert written(series, Format.CSV, False) == b"time_s,a\n0.0,\n1.5,2.0\n"


async def test_nothing_in_the_range_is_an_empty_list(face):
    assert (
        await rows(face, panel=SERIAL, circuit="c1", **{"from": "2025-01-01T00:00:00Z", "to": "2025-01-02T00:00:00Z"})
        == []
    )


async def test_a_machines_readings_batch_after_batch(face, made):
    told = await rows(face, machine="anode/coating", reading="loading_kg_m2,duration_s")

    assert len(told) == 1
    assert list(told[0]) == ["time_s", "loading_kg_m2", "duration_s"]
    assert all(value > 0 for value in told[0].values())
    every = await rows(face, machine="anode/coating")
    assert set(every[0]) == {"time_s", *READINGS[Stage.COATING], *RESULTS}


@pytest.mark.parametrize(
    ("params", "status", "problem"),
    [
        ({}, 400, "give one of panel, machine, measurement"),
        ({"panel": SERIAL, "machine": "anode/coating"}, 400, "give one of"),
        ({"panel": SERIAL, "columns": "x"}, 400, "columns: goes not with `panel`"),
        ({"panel": [SERIAL, "b"]}, 400, "more than once"),
        ({"panel": "no-such"}, 404, "there is none"),
        ({"panel": SERIAL, "metric": "VOLTS"}, 400, "none of POWER_W"),
        ({"panel": SERIAL, "from": "yesterday"}, 400, "no time since 1970"),
        ({"panel": SERIAL, "from": "2026-06-21T12:00:00"}, 400, "no time since 1970"),
        ({"panel": SERIAL, "to": "0001-01-01T00:00:00+14:00"}, 400, "no time since 1970"),
        ({"panel": SERIAL, "from": "9" * 30}, 400, "no time since 1970"),
        ({"panel": SERIAL, "from": "2026-06-21T12:00:00Z", "to": "2026-06-21T12:00:00Z"}, 400, "must lie behind"),
        ({"panel": SERIAL, "to": "0"}, 400, "must lie behind"),
        ({"panel": SERIAL, "maxPoints": "1"}, 400, "not in 2 to 50,000"),
        ({"panel": SERIAL, "maxPoints": "٣"}, 400, "not in 2 to 50,000"),
        ({"panel": SERIAL, "maxPoints": "9" * 5000}, 400, "not in 2 to 50,000"),
        ({"panel": SERIAL, "format": "xlsx"}, 400, "none of json, csv, parquet"),
        ({"machine": "anode/baking"}, 404, "there is none on the anode line"),
        ({"machine": ""}, 404, "the lines are"),
        ({"machine": "anode/coating", "reading": "colour"}, 404, "shows none, but duration_s"),
        ({"machine": "anode/coating", "from": "nan"}, 400, "no number of seconds"),
        ({"machine": "anode/coating", "from": "5", "to": "4"}, 400, "4 s must lie behind `from`, 5 s"),
        ({"measurement": "no-such", "columns": "Voltage [V]"}, 404, "no-such"),
        ({"measurement": "no-such"}, 400, "name one or more"),
        ({"measurement": "x", "columns": ",".join(map(str, range(51)))}, 400, "51 given"),
    ],
)
async def test_what_cannot_be_had_is_refused_in_our_shape(face, params, status, problem):
    assert problem in (await face.error("GET", SERIES, status, params=params))["message"]


async def test_a_column_that_is_not_there_is_refused(face, measurement_id):
    told = await face.error("GET", SERIES, 404, params={"measurement": measurement_id, "columns": "Volts"})
    assert told["error_code"] == "COLUMN_MISSING"


async def test_other_methods_are_refused(face):
    await face.error("POST", SERIES, 405)


async def test_nobody_passes_without_the_token(tmp_path):
    token = "a-token-of-thirty-two-characters-or-more"
    async with running(tmp_path / "data", (token,)) as face:
        assert (await face.http.get(SERIES, params=DAY)).status_code == 401
        answer = await face.http.get(SERIES, params=DAY, headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, len(answer.json())) == (200, len(POWERS_W))


async def test_the_dashboards_own_addresses_are_answered_with_rows(face, measurement_id, made):
    dashboard = json.loads(DASHBOARD.read_text())
    start_ms = int(NOW.timestamp() * 1000)
    values = {each["name"]: each["query"] for each in dashboard["templating"]["list"]}
    values |= {"busbar": str(face.http.base_url), "panel": SERIAL, "circuit": KITCHEN.id, "measurement": measurement_id}
    values |= {"__from": str(start_ms), "__to": str(start_ms + 60_000)}

    for panel in dashboard["panels"]:
        (target,) = panel["targets"]
        url = target["url"]
        for name, value in values.items():
            url = url.replace(f"${{{name}}}", value if name == "busbar" else quote(value, safe=""))
        told = await face.ask("GET", url)
        named = {column["selector"] for column in target["columns"]} or {panel["options"]["xField"]}
        assert named <= set(told[0]), panel["title"]
        assert len(told[0]) == 2

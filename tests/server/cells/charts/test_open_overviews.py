"""Overviews stay open for the next chart, but only so many of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from schema.ports import SeriesWish
from server.cells.charts.overview import Fineness
from server.cells.charts.series import SeriesReader
from tests.server.cells.mapped import until_mapped
from tests.server.cells.waves import wave, write_overview


async def test_only_so_many_overviews_stay_open(tmp_path: Path):
    paths = [write_overview(tmp_path / f"overview-{number}", wave(500)) for number in range(5)]
    reader = SeriesReader(2)

    for path in paths:
        reader.read(path, path, SeriesWish(("V",), max_points=10))

    await until_mapped(tmp_path, *paths[-2:])


async def test_an_overview_asked_for_again_stays_open(tmp_path: Path):
    paths = [write_overview(tmp_path / f"overview-{number}", wave(500)) for number in range(3)]
    reader = SeriesReader(2)

    for number in (0, 1, 0, 2):
        reader.read(paths[number], paths[number], SeriesWish(("V",), max_points=10))

    await until_mapped(tmp_path, paths[0], paths[2])


async def test_what_is_forgotten_or_closed_is_not_open_any_more_though_its_answers_live_on(tmp_path: Path):
    paths = [write_overview(tmp_path / f"overview-{number}", wave(500), Fineness()) for number in range(3)]
    reader = SeriesReader(5)
    answers = [reader.read(path, path, SeriesWish(("V",))) for path in paths]

    reader.forget(paths[1])
    await until_mapped(tmp_path, paths[0], paths[2])
    reader.close()
    await until_mapped(tmp_path)
    assert all(len(answer.time) == 500 for answer in answers)


def test_threads_that_evict_each_others_overviews_all_get_their_own_answers(tmp_path: Path):
    paths = []
    for number in range(4):
        frame = wave(3_000).with_columns(pl.lit(number, pl.Float64).alias("which"))
        paths.append(write_overview(tmp_path / f"overview-{number}", frame))
    reader = SeriesReader(1)

    def read(turn: int) -> bool:
        number = turn % len(paths)
        series = reader.read(paths[number], paths[number], SeriesWish(("which",), max_points=50))
        return bool((series.columns["which"] == number).all())

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(read, range(400)))

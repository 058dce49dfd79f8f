from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from schema.ports import Series, SeriesWish
from server.cells.charts.kept import Charts
from server.cells.charts.series import SeriesReader
from server.cells.charts.thinning import thinned
from tests.server.cells.mapped import until_mapped
from tests.server.cells.waves import wave, write_overview

HERE = Path("overview")


def wish(number: int) -> SeriesWish:
    return SeriesWish(("V",), max_points=number)


def chart(points: int) -> Series:
    return Series(np.zeros(points), {"V": np.ones(points)}, points)


def test_a_chart_is_found_again_for_the_same_overview_and_wish_only() -> None:
    charts, kept = Charts(1_000), chart(10)
    charts.keep(HERE, wish(1), kept)
    assert charts.find(HERE, wish(1)) is kept
    assert charts.find(HERE, wish(2)) is None
    assert charts.find(Path("another"), wish(1)) is None


def test_the_charts_that_were_not_asked_for_the_longest_go_first() -> None:
    charts = Charts(200)
    for number in range(10):
        charts.keep(HERE, wish(number), chart(10))
    assert charts.find(HERE, wish(0)) is not None
    charts.keep(HERE, wish(10), chart(10))
    assert [charts.find(HERE, wish(number)) is not None for number in range(11)] == [True, False, *[True] * 9]


def test_keeping_a_chart_twice_counts_once() -> None:
    charts = Charts(200)
    charts.keep(HERE, wish(0), chart(10))
    for _ in range(20):
        charts.keep(HERE, wish(1), chart(10))
    assert charts.find(HERE, wish(0)) is not None


def test_of_an_overview_that_is_forgotten_no_chart_is_left_and_none_is_counted() -> None:
    charts, another = Charts(200), Path("another")
    charts.keep(another, wish(0), chart(10))
    for _ in range(20):
        charts.keep(HERE, wish(1), chart(10))
        charts.keep(HERE, wish(2), chart(10))
        charts.forget(HERE)
    charts.forget(Path("never kept"))
    assert [charts.find(HERE, wish(number)) for number in (1, 2)] == [None, None]
    assert charts.find(another, wish(0)) is not None


def test_what_was_pushed_out_is_forgotten_without_harm() -> None:
    charts = Charts(200)
    for number in range(30):
        charts.keep(HERE, wish(number), chart(10))
    charts.forget(HERE)
    for number in range(10):
        charts.keep(HERE, wish(number), chart(10))
    assert all(charts.find(HERE, wish(number)) is not None for number in range(10))


def test_one_large_chart_does_not_push_out_all_others() -> None:
    charts = Charts(200)
    charts.keep(HERE, wish(0), chart(10))
    charts.keep(HERE, wish(1), chart(11))
    assert charts.find(HERE, wish(0)) is not None
    assert charts.find(HERE, wish(1)) is None


def test_a_kept_chart_cannot_be_written_to() -> None:
    charts, kept = Charts(1_000), chart(10)
    charts.keep(HERE, wish(0), kept)
    for column in (kept.time, kept.columns["V"]):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 7.0


@pytest.mark.parametrize("let_go", [lambda reader, overview: reader.forget(overview), lambda reader, _: reader.close()])
def test_a_reader_answers_again_what_it_answered_with_the_file_gone_until_it_lets_go(tmp_path: Path, let_go) -> None:
    overview = write_overview(tmp_path / "overview", wave(500))
    reader, asked = SeriesReader(1, 10_000), SeriesWish(("V",), max_points=10)
    first = reader.read(overview, overview, asked)
    overview.unlink()
    assert reader.read(overview, overview, asked) is first
    let_go(reader, overview)
    with pytest.raises(FileNotFoundError):
        reader.read(overview, overview, asked)


async def test_nothing_is_kept_of_an_overview_that_is_deleted_while_it_is_read(tmp_path: Path, monkeypatch) -> None:
    overview = write_overview(tmp_path / "overview", wave(500))
    reader, asked = SeriesReader(1, 10_000), SeriesWish(("V",), max_points=10)

    def delete_and_thin(points, most):
        overview.unlink()
        reader.forget(overview)
        return thinned(points, most)

    monkeypatch.setattr("server.cells.charts.series.thinned", delete_and_thin)
    assert reader.read(overview, overview, asked).source_points == 500
    await until_mapped(tmp_path)
    with pytest.raises(FileNotFoundError):
        reader.read(overview, overview, asked)

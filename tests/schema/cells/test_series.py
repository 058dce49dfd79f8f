"""Samples: any window of any measurement, thinned, failures each for itself."""

from __future__ import annotations

import pytest

from schema.ports import SeriesWish

SERIES = 'query($columns: [String!]!) { cellMeasurement(id: "m1") { series(columns: $columns) } }'


async def test_a_wish_reaches_the_port_as_it_was_made(ask, world):
    answer = await ask("""{ cellMeasurement(id: "m1") {
        series(columns: ["Voltage [V]", "Current [A]", "Voltage [V]"], from: 10, to: 20.5, maxPoints: 100) } }""")

    assert answer["cellMeasurement"]["series"] == {
        "time": [0.0, 1.0], "columns": {"Voltage [V]": [0.5, None], "Current [A]": [0.5, None]}, "sourcePoints": 4
    }  # fmt: skip
    assert world.samples.calls == [("series", ("m1",), SeriesWish(("Voltage [V]", "Current [A]"), 10.0, 20.5, 100))]


async def test_without_a_window_all_is_thinned_to_2000(ask, world):
    await ask(SERIES, columns=["Voltage [V]"])

    assert world.samples.calls[0][2] == SeriesWish(("Voltage [V]",), None, None, 2000)


async def test_two_windows_of_one_measurement_do_not_mix(ask, world):
    await ask(
        """{ cellMeasurement(id: "m1") { a: series(columns: ["V"], to: 5) b: series(columns: ["V"], from: 5) } }"""
    )

    assert [(wish.start_s, wish.end_s) for _, wish in world.samples.asked("series")] == [(None, 5.0), (5.0, None)]


async def test_what_one_measurement_does_not_have_fails_for_it_alone(ask):
    answer = await ask('{ cellMeasurements { nodes { name series(columns: ["Voltage [V]"]) } } }')

    nodes = answer["cellMeasurements"]["nodes"]
    assert [each["series"] is None for each in nodes] == [False, False, True, True]
    assert [(each["path"], each["extensions"]) for each in answer["errors"]] == [
        (["cellMeasurements", "nodes", n, "series"], {"code": "SERIES_NOT_FOUND", "measurementId": key})
        for n, key in ((2, "m3"), (3, "m4"))
    ]


async def test_a_column_that_is_not_there_is_named(ask):
    answer = await ask(SERIES, columns=["Voltage [V]", "Odd"])

    assert answer["cellMeasurement"] == {"series": None}
    assert answer["errors"][0]["extensions"] == {"code": "COLUMN_NOT_FOUND", "measurementId": "m1", "column": "Odd"}


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ("columns: []", "columns"),
        ("columns: [" + " ".join(f'"{n}"' for n in range(51)) + "]", "columns"),
        (f'columns: ["{"x" * 1001}"]', "columns"),
        ('columns: ["V"], maxPoints: 1', "maxPoints"),
        ('columns: ["V"], maxPoints: 50001', "maxPoints"),
        ('columns: ["V"], from: 2, to: 2', "from"),
        ('columns: ["V"], from: 3, to: 2', "from"),
        ('columns: ["V"], from: 1e999', "from"),
        ('columns: ["V"], to: -1e999', "to"),
    ],
)  # fmt: skip
async def test_bad_arguments_are_named(ask, world, arguments, argument):
    answer = await ask(f'{{ cellMeasurement(id: "m1") {{ series({arguments}) }} }}')

    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert world.samples.calls == []


async def test_too_many_numbers_of_all_measurements_are_refused(ask, world):
    columns = " ".join(f'"{n}"' for n in range(20))

    answer = await ask(f"{{ cellMeasurements {{ nodes {{ series(columns: [{columns}], maxPoints: 50000) }} }} }}")

    assert "for 4 measurements these may be 4,200,000 numbers" in answer["errors"][0]["message"]
    assert world.samples.calls == []

from __future__ import annotations

import orjson
import pytest

from emulator.http.form import HOLE, Form

FORM = Form({"name": 'a "b" \0', "first": HOLE, "rows": [{"x": HOLE, "fixed": True, "y": HOLE} for _ in range(2)]})


def test_numbers_go_into_the_holes_row_by_row():
    filled = orjson.dumps(FORM.filled((0.5,), ([1, 2], [-3.25, 4])))

    rows = b'{"x":1,"fixed":true,"y":-3.25},{"x":2,"fixed":true,"y":4}'
    assert filled == b'{"name":"a \\"b\\" \\u0000","first":0.5,"rows":[' + rows + b"]}"


def test_numbers_are_written_as_orjson_writes_them():
    numbers = [0.1, 1e16, 5e-324, 123_456_789_012.345, -7, 2**63 - 1]

    assert orjson.dumps(Form({str(place): HOLE for place in range(6)}).filled(numbers, ())) == orjson.dumps(
        {str(place): number for place, number in enumerate(numbers)}
    )


def test_a_form_may_be_filled_again():
    one, other = (orjson.dumps(FORM.filled((place,), ([1, 2], [3, 4]))) for place in (1, 2))

    assert one.replace(b'"first":1', b'"first":2') == other


@pytest.mark.parametrize("columns", [(), ([1],), ([1, 2], [3, 4], [5, 6]), ([1, 2], [3])])
def test_too_many_or_too_few_numbers_are_refused(columns):
    with pytest.raises(ValueError, match=r"slice|shorter"):
        FORM.filled((1,), columns)


def test_a_form_without_holes_takes_no_numbers():
    assert orjson.dumps(Form({"circuits": {}}).filled((), ([], []))) == b'{"circuits":{}}'

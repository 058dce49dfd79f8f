"""JSON that can be written whatever is in it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from server.graphql.encoding import decode, encode


def test_arrays_are_written_as_columns_with_null_for_nan():
    assert encode({"power": np.array([1.5, np.nan, np.inf])}) == b'{"power":[1.5,null,null]}'


@pytest.mark.parametrize("value", ["\ud800", 2**70, -(2**70), {"a": ["\udfff", 2**64]}])
def test_what_orjson_cannot_write_is_written_all_the_same(value):
    assert json.loads(encode(value)) == value


def test_beside_such_a_value_columns_stay_columns():
    written = encode({"name": "\ud800", "power": np.arange(6.0)[::2], "unknown": np.array([np.nan])})

    assert json.loads(written) == {"name": "\ud800", "power": [0.0, 2.0, 4.0], "unknown": [None]}


def test_an_object_that_is_no_json_is_a_mistake_of_ours():
    with pytest.raises(TypeError, match="object is not JSON"):
        encode(object())


@pytest.mark.parametrize("data", [b"NaN", b"\xff", b"[" * 5000, b'"\\ud800"', b"1e999", b"", b"{} x"])
def test_what_is_no_json_is_not_read(data):
    with pytest.raises(ValueError, match=r"."):
        decode(data)

"""JSON that can be written whatever is in it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

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


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 2**64, -(2**64), 10**19 - 1, 10**18, 3 * 10**300 + 1])
def test_integers_are_read_exactly(number):
    for written in (str(number), f'[{number}, "{number}", {{"{number}": {number}}}, 1.5]'):
        for data in (written, written.encode(), f"\ufeff{written}"[1:]):
            assert decode(data) == json.loads(written)
            assert str(decode(data)) == str(json.loads(written))


@pytest.mark.parametrize("beside", ["NaN", "[Infinity]", '"\\ud800"', "1e999", "[" * 2000, "[1,]", "1 2"])
def test_beside_a_large_integer_reading_is_as_strict(beside):
    with pytest.raises(ValueError, match=r"."):
        decode(f"[{2**70}, {beside}]")


def test_what_is_too_deep_beside_a_large_integer_is_no_crash():
    """Before Python 3.12 its reader goes down less far the deeper we are; from then on as far as orjson does."""
    text = f"[{2**70}, {'[' * 900}{']' * 900}]"
    if sys.version_info >= (3, 12):
        assert at_depth(700, lambda: decode(text) == json.loads(text))
        return
    with pytest.raises(ValueError, match="nested too deeply"):
        at_depth(700, lambda: decode(text))


def at_depth(levels: int, then: Callable[[], object]) -> object:
    return at_depth(levels - 1, then) if levels else then()

"""Delimited text of every sort, and what is said of text that is none."""

from __future__ import annotations

import gzip
import io

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from server.cells.formats import gz
from server.cells.formats import text as text_module
from server.cells.formats.errors import FormatError
from server.cells.formats.text import Dialect, NotANumberError, TextSource
from server.cells.limits import Limits
from tests.server.cells.formats.files import as_bdf, measured, reading, text

HEAD = "Test Time / s,Voltage / V,Current / A,x\n"


def source(body: str | bytes, dialect: Dialect | None = None, limits: Limits | None = None) -> TextSource:
    raw = body.encode() if isinstance(body, str) else body
    return TextSource(lambda: io.BytesIO(raw), dialect or Dialect(), limits or Limits())


def rows(body: str | bytes, dialect: Dialect | None = None) -> pl.DataFrame:
    read = source(body, dialect)
    return pl.concat(read.parts(read.columns))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "END", "ENDENDEND"])
def test_delimiters_line_ends_and_empty_last_lines(delimiter, ends, last):
    lines = ["a,b,c", "1,2.5,x", "2,,y", "3,-1e3,z"]
    body = ends.join(line.replace(",", delimiter) for line in lines) + last.replace("END", ends)
    assert rows(body).to_dict(as_series=False) == {
        "a": [1.0, 2.0, 3.0],
        "b": [2.5, None, -1000.0],
        "c": ["x", "y", "z"],
    }


@pytest.mark.parametrize("fraction", ["2,5", " 2,5 "])
def test_a_decimal_comma_beside_semicolons(fraction):
    assert rows(f"a;b\n1;{fraction}\n")["b"].to_list() == [2.5]


def test_a_comma_is_no_decimal_sign_unless_it_is_said_so():
    assert rows("a\tb\n1\t2,5\n")["b"].dtype == pl.String
    assert rows("a\tb\n1\t2,5\n", Dialect(decimal=","))["b"].to_list() == [2.5]


def test_a_mark_of_byte_order_spaces_quotes_and_a_comma_at_each_end():
    body = b'\xef\xbb\xbf a ,"b, c", note ,\n 1 , 2,"x, ""y""\n2 lines",\n'
    assert rows(body).to_dict(as_series=False) == {"a": [1.0], "b, c": [2.0], "note": ['x, "y"\n2 lines']}


def test_latin_1_where_it_is_said_so():
    body = "a,T/°C\n1,25\n".encode("latin-1")
    with pytest.raises(FormatError, match="no utf-8 text: byte 0xb0"):
        source(body)
    assert rows(body, Dialect(encoding="latin-1")).columns == ["a", "T/°C"]


def test_lines_before_the_header_are_skipped_where_it_is_said_so():
    assert rows("# made by\n\n# nobody\na,b\n1,2\n", Dialect(skip_lines=3)).columns == ["a", "b"]


@pytest.mark.parametrize("block", [1, 7, 64, 4096])
def test_blocks_of_any_size_give_the_same_rows(monkeypatch, block):
    body = as_bdf(measured()).with_columns(note=pl.lit('a "quoted"\nline, and more')).write_csv()
    whole = rows(body)
    monkeypatch.setattr(text_module, "BLOCK_BYTES", block)
    assert_frame_equal(rows(body), whole)


@given(
    st.lists(
        st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.text(st.characters(codec="utf-8"), max_size=20)),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=150, deadline=None)
def test_what_was_written_is_read(cells):
    cells = [(number, words.replace("\0", "").replace("\r", "")) for number, words in cells]
    frame = pl.DataFrame({"number": [number for number, _ in cells], "words": ["w" + words for _, words in cells]})
    assert rows(frame.write_csv()).to_dict(as_series=False) == frame.to_dict(as_series=False)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param("", "empty", id="empty"),
        pytest.param("\n\n", "empty", id="blank"),
        pytest.param(HEAD, "the file has no rows", id="header only"),
        pytest.param("\0" * 50, "NUL", id="NUL"),
        pytest.param(HEAD + "0,3,1,\0\n", "NUL", id="NUL in a cell"),
        pytest.param("one column\n1\n", "has one column", id="one column"),
        pytest.param(HEAD.replace(",", ":") + "0:3:1:5\n", "has one column", id="wrong delimiter"),
        pytest.param(HEAD.replace("x", "Current / A"), "'Current / A' is there twice", id="twice"),
        pytest.param(HEAD + "0,3,1,5\n1,3,1,5,6\n", "a row does not fit the header", id="too many"),
        pytest.param(HEAD + "0,3,1,5\n1,3,one,5\n", "'Current / A' is no number in line 3: 'one'", id="no number"),
        pytest.param("a,b\n1,2\n", "of no format known here: 'a', 'b'; .* --mapping", id="unknown"),
        pytest.param(HEAD + ",3,1,5\n", "the first row has no time", id="no time"),
        pytest.param(HEAD + "NaN,3,1,5\n", "the first row has no time", id="NaN time"),
        pytest.param("x" * 6_000_000, "longer than a megabyte", id="no line"),
        pytest.param(HEAD + '0,3,1,"' + "x\n" * 3_000_000, "a quote is never closed", id="open quote"),
        pytest.param(",".join(map(str, range(500))) + "\n", "more than 200 columns", id="wide"),
        pytest.param("\ud800".encode("utf-8", "surrogatepass"), "no utf-8 text", id="no UTF-8"),
    ],
)
def test_text_that_is_no_measurement_is_refused_with_what_and_where(tmp_path, body, problem):
    with pytest.raises(FormatError, match=problem):
        reading(text(tmp_path / "a.csv", body))


def test_the_line_of_a_bad_cell_is_found_far_down(tmp_path, monkeypatch):
    monkeypatch.setattr(text_module, "BLOCK_BYTES", 1000)
    lines = [f"{second},3.5,1,5" for second in range(5000)]
    lines[4321] = "4321,3.5,?,5"
    with pytest.raises(NotANumberError, match="line 4,323: '\\?'"):
        reading(text(tmp_path / "a.csv", HEAD + "\n".join(lines)))


def test_a_kept_column_that_turns_out_to_be_text_is_text_throughout(tmp_path, monkeypatch):
    monkeypatch.setattr(text_module, "BLOCK_BYTES", 500)
    lines = [f"{second},{3 + second / 1000},1,{second}" for second in range(200)]
    lines[150] = "150,3.15,1,n/a"
    _, frame = reading(text(tmp_path / "a.csv", HEAD + "\n".join(lines)))
    assert frame["x"].dtype == pl.String
    assert frame["x"].to_list()[149:152] == ["149", "n/a", "151"]


def test_more_rows_than_the_limit_are_refused(tmp_path):
    body = HEAD + "".join(f"{second},3,1,5\n" for second in range(11))
    with pytest.raises(FormatError, match="more than 10 rows"):
        reading(text(tmp_path / "a.csv", body), limits=Limits(max_rows=10))


def test_a_gzip_bomb_is_refused_before_it_is_inflated(tmp_path, monkeypatch):
    bomb = text(tmp_path / "a.csv.gz", gzip.compress(HEAD.encode() + b"0,3,1,5\n" * 1_000_000))
    assert reading(bomb)[0].rows == 1_000_000
    monkeypatch.setattr(gz, "ALWAYS_BYTES", 1_000_000)
    with pytest.raises(FormatError, match="inflates to more than 200 times its size"):
        reading(bomb)


@pytest.mark.parametrize("cut", [5, 40, -1, -9])
def test_a_cut_or_broken_gzip_file_is_refused(tmp_path, cut):
    whole = gzip.compress(as_bdf(measured()).write_csv().encode())
    with pytest.raises(FormatError, match="gzip data is broken"):
        reading(text(tmp_path / "a.csv.gz", whole[:cut]))

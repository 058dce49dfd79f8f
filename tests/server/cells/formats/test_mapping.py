"""Mapping files: what they may say, and what is said to those that say something else."""

from __future__ import annotations

import pytest

from server.cells.formats import mapping
from server.cells.formats.choices import Sign
from server.cells.formats.errors import FormatError
from tests.server.cells.formats.files import measured, reading, text

YAML = """
columns:
  Time [s]: {from: Time(h), factor: 3600}
  Voltage [V]: U
  Current [A]: {from: I/mA, factor: 0.001}
  Step count: Ns
  Temperature [degC]: {from: T/K, offset: -273.15}
delimiter: ";"
decimal: ","
skip_lines: 1
"""
TOML = """
delimiter = ";"
decimal = ","
skip_lines = 1
[columns]
"Time [s]" = {from = "Time(h)", factor = 3600}
"Voltage [V]" = "U"
"Current [A]" = {from = "I/mA", factor = 0.001}
"Step count" = "Ns"
"Temperature [degC]" = {from = "T/K", offset = -273.15}
"""
NEEDED = {"Time [s]": "t", "Voltage [V]": "U", "Current [A]": "I"}


def table(sign: float = -1.0) -> str:
    """What a cycler might write of our samples: hours, milliamperes, kelvins, and steps of a program."""
    lines = ["made by nobody", "Time(h);U;I/mA;Ns;T/K;Remark"]
    for time, volt, ampere, step in measured().select([*measured().columns[:3], "Step count"]).iter_rows():
        cells = (time / 3600, volt, sign * ampere * 1000, step % 5 + 3, 298.15, "a")
        lines.append(";".join(str(cell) for cell in cells).replace(".", ","))
    return "\n".join(lines)


@pytest.mark.parametrize(("name", "body"), [("m.yaml", YAML), ("m.toml", TOML)])
@pytest.mark.parametrize("sign", [None, "charge-positive"])
def test_a_mapped_table_becomes_ours(tmp_path, name, body, sign):
    said = f"sign: {sign}\n" if name.endswith("yaml") else f'sign = "{sign}"\n'
    loaded = mapping.load(text(tmp_path / name, (said if sign else "") + body))
    outcome, rows = reading(text(tmp_path / "a.csv", table()), mapping=loaded)
    assert (outcome.format, outcome.sign) == ("csv", Sign.CHARGE_POSITIVE)
    ours = measured()
    for column in ("Time [s]", "Voltage [V]", "Current [A]"):
        assert rows[column].to_list() == pytest.approx(ours[column].to_list(), abs=1e-6)
    assert rows["Step count"].to_list() == ours["Step count"].to_list()
    assert rows["Step from cycler"].to_list() == (ours["Step count"] % 5 + 3).to_list()
    assert rows["Temperature [degC]"].to_list() == pytest.approx([25.0] * rows.height)
    assert set(rows["Remark"]) == {"a"}


def test_a_table_whose_current_counts_the_other_way_is_found_out(tmp_path):
    loaded = mapping.load(text(tmp_path / "m.yaml", YAML))
    outcome, rows = reading(text(tmp_path / "a.csv", table(sign=1.0)), mapping=loaded)
    assert outcome.sign is Sign.DISCHARGE_POSITIVE
    assert rows["Current [A]"].to_list() == pytest.approx(measured()["Current [A]"].to_list(), abs=1e-9)


def test_a_table_that_shows_no_sign_needs_one(tmp_path):
    loaded = mapping.parsed({"columns": NEEDED})
    path = text(tmp_path / "a.csv", "t,U,I\n0,3.7,0\n1,3.7,0\n")
    with pytest.raises(FormatError, match="say --sign charge-positive or --sign discharge-positive"):
        reading(path, mapping=loaded)
    assert reading(path, mapping=loaded, sign=Sign.CHARGE_POSITIVE)[1]["Current [A]"].to_list() == [0.0, 0.0]


def test_other_columns_stay_unless_they_are_not_wanted_and_never_take_our_names(tmp_path):
    path = text(tmp_path / "a.csv", "t,U,I,Step count,x\n0,3,1,a,5\n1,3.1,1,a,6\n")
    kept = reading(path, mapping=mapping.parsed({"columns": NEEDED}))[1]
    assert kept.columns[-2:] == ["Step count (file)", "x"]
    bare = reading(path, mapping=mapping.parsed({"columns": NEEDED, "keep_others": False}))[1]
    assert bare.columns == ["Time [s]", "Voltage [V]", "Current [A]", "Step count"]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (None, 'has the key "columns"'),
        ([], 'has the key "columns"'),
        ({"columns": []}, 'has the key "columns"'),
        ({"columns": {}}, r"'Time \[s\]'"),
        ({"columns": NEEDED, "column": 1}, "there is no key 'column'; the keys are columns, sign"),
        ({"columns": {**NEEDED, "x": 1}}, "'x' comes from a column"),
        ({"columns": {1: "x"}}, "1 is no name"),
        ({"columns": {**NEEDED, "x": {"from": "y", "scale": 1}}}, "'x' has 'scale'; it may have from, factor"),
        ({"columns": {**NEEDED, "x": {"from": "y", "factor": True}}}, "a finite number, not True"),
        ({"columns": {**NEEDED, "x": {"from": "y", "factor": float("nan")}}}, "a finite number, not nan"),
        ({"columns": {**NEEDED, "x": {"from": "y", "offset": "1"}}}, "the offset of 'x' is a finite number"),
        ({"columns": {**NEEDED, "x": {"from": "y", "factor": 0}}}, "the factor of 'x' is 0"),
        ({"columns": {**NEEDED, "Step count": {"from": "y", "factor": 2}}}, "neither factor nor offset"),
        ({"columns": NEEDED, "sign": "positive"}, "sign is one of charge-positive, discharge-positive"),
        ({"columns": NEEDED, "delimiter": ";;"}, "one ASCII character, not ';;'"),
        ({"columns": NEEDED, "decimal": ",", "delimiter": ","}, "cannot be the delimiter and the decimal sign"),
        ({"columns": NEEDED, "encoding": "utf-7"}, "encoding is one of utf-8"),
        ({"columns": NEEDED, "skip_lines": True}, "skip_lines is a count"),
        ({"columns": NEEDED, "skip_lines": -1}, "skip_lines is a count"),
        ({"columns": NEEDED, "keep_others": "no"}, "keep_others is true or false"),
    ],
)
def test_a_wrong_mapping_is_refused_by_its_key(document, problem):
    with pytest.raises(FormatError, match=problem):
        mapping.parsed(document)


@pytest.mark.parametrize(
    ("name", "body", "problem"),
    [
        ("m.yaml", "columns: [", "it cannot be read"),
        ("m.yaml", "!!python/object/apply:os.system ['true']", "it cannot be read"),
        ("m.toml", "columns = ", "it cannot be read"),
        ("m.yaml", b"\xff\xfe", "no UTF-8 text"),
        ("m.yaml", "#" * 200_000, "longer than 100,000 bytes"),
        ("m.yaml", "[" * 50_000, "it cannot be read"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused_by_its_name(tmp_path, name, body, problem):
    with pytest.raises(FormatError, match=f"{name}.*{problem}"):
        mapping.load(text(tmp_path / name, body))


def test_a_mapping_that_names_a_column_that_is_not_there(tmp_path):
    path = text(tmp_path / "a.csv", "t,U\n0,3\n")
    with pytest.raises(FormatError, match=r"Current \[A\] comes from 'I', and the file has only 't', 'U'"):
        reading(path, mapping=mapping.parsed({"columns": NEEDED}))

"""Plans as people write them, and the sentence that each mistake gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from clients.plant.parameters import CoatingParameters
from server.plant.layout import default_configuration
from server.plant.sweep.document import scalar
from server.plant.sweep.errors import PlanError
from server.plant.sweep.limits import SweepLimits
from server.plant.sweep.plan import Variant, read_plan
from tests.server.plant.sweep.plans import plan, written

FORMATION = MachineKey(Line.CELL, Stage.FORMATION_CYCLING)
COATERS = [MachineKey(line, Stage.COATING) for line in (Line.ANODE, Line.CATHODE)]


def speeds(variant: Variant) -> list[float]:
    found = [variant.configuration.machines[key].parameters for key in COATERS]
    return [one.coating_speed for one in found if isinstance(one, CoatingParameters)]


def test_every_combination_is_a_variant_and_the_first_values_make_the_first(tmp_path: Path) -> None:
    text = """
batches: 10
repetitions: 2
seed: 40
fixed: {cell/rewinding/mtbf_s: null}
vary:
  both/coating/coating_speed: {from: 0.04, to: 0.06, count: 3}
  cell/formation_cycling/units: {from: 100, to: 300, count: 2}
"""
    read = plan(tmp_path, text)
    assert (read.batches, read.seeds, read.runs) == (10, (40, 41), 12)
    assert [speeds(one) for one in read.variants[::2]] == [[0.04, 0.04], [0.05, 0.05], [0.06, 0.06]]
    assert [one.configuration.machines[FORMATION].units for one in read.variants] == [100, 300] * 3
    winder = MachineKey(Line.CELL, Stage.REWINDING)
    assert {one.configuration.machines[winder].mtbf_s for one in read.variants} == {None}
    assert read.variants[1].name == "both/coating/coating_speed=0.04, cell/formation_cycling/units=300"


def test_a_range_ends_where_it_says(tmp_path: Path) -> None:
    low, high = 0.03, 0.29
    assert low + (high - low) != high
    read = plan(tmp_path, f"batches: 1\nvary: {{both/coating/coating_speed: {{from: {low}, to: {high}, count: 4}}}}")
    assert (speeds(read.variants[0])[0], speeds(read.variants[3])[0]) == (low, high)


def test_a_plan_of_batches_alone_is_the_default_plant_once(tmp_path: Path) -> None:
    read = plan(tmp_path, "batches: 3")
    assert (read.seeds, read.runs, read.variants[0].name) == ((1,), 1, "as it is")
    assert read.variants[0].configuration == default_configuration()


def test_fields_that_belong_together_change_together(tmp_path: Path) -> None:
    ratios = "{AM: 0.5, CA: 0.05, PVDF: 0.05, solvent: 0.4}, {AM: 0.45, CA: 0.05, PVDF: 0.05, solvent: 0.45}"
    read = plan(tmp_path, f"batches: 1\nvary:\n  anode/mixing: [{ratios}]\n")
    mixer = MachineKey(Line.ANODE, Stage.MIXING)
    assert [vars(one.configuration.machines[mixer].parameters)["AM"] for one in read.variants] == [0.5, 0.45]


def test_nothing_but_what_is_set_changes(tmp_path: Path) -> None:
    read = plan(tmp_path, "batches: 1\nvary: {anode/coating/gap_height: [3e-4]}")
    before, after = default_configuration().machines, read.variants[0].configuration.machines
    assert [key for key in MACHINES if before[key] != after[key]] == [MachineKey(Line.ANODE, Stage.COATING)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5e-6", 5e-6), ("-.5", -0.5), ("1:30", "1:30"), ("no", "no"), ("010", 10), ("1_000", "1_000"),
        ("0x10", "0x10"), (".inf", ".inf"), (".nan", ".nan"), ("nan", "nan"), ("1e999", "1e999"),
        ("9" * 30, float("9" * 30)), ("true", True), ("~", None), ("2026-01-01", "2026-01-01"), ("٣", "٣"),
        ("9" * 50, "9" * 50),
    ],
)  # fmt: skip
def test_numbers_are_what_json_takes_for_numbers(text: str, value: object) -> None:
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


VARY = "batches: 2\nvary:\n  "
BAD = {
    "empty": ("", "", "empty"),
    "list": ("- 1", ":1:", "a plan is a mapping"),
    "number": ("7", ":1:", "a plan is a mapping"),
    "no batches": ("seed: 1", ":1:", "has no batches"),
    "zero batches": ("batches: 0", ":1: batches is 0;", "from 1 to 10000"),
    "many batches": ("batches: 10001", ":1: batches is 10001;", "from 1 to 10000"),
    "true batches": ("batches: true", "batches is True;", "from 1 to"),
    "half a batch": ("batches: 2.0", "batches is 2.0;", "whole number"),
    "word": ("batches: many", "batches is 'many';", "from 1 to"),
    "negative seed": ("batches: 1\nseed: -1", ":2: seed is -1;", "from 0 to"),
    "repetitions": ("batches: 1\nrepetitions: 1001", ":2: repetitions is 1001;", "from 1 to 1000"),
    "unknown key": ("batches: 1\nspeed: 2", ":2: speed", "allowed are batches, repetitions, seed, fixed, vary"),
    "long key": ("batches: 1\n" + "k" * 1000 + ": 2", ":2: kkk", "is no key of a plan"),
    "lines in a key": ('batches: 1\n"a\\nb\\e[31m": 2', ":2: a?b?[31m", "is no key of a plan"),
    "twice": ("batches: 1\nbatches: 2", ":2: batches stands twice", "once"),
    "no YAML": ("batches: [1\nseed: 2", ":2:", "not YAML"),
    "tab": ("batches:\n\t- 1", ":2:", "not YAML"),
    "control": ("batches: \x01", "", "not YAML"),
    "python": ("batches: !!python/object/apply:os.getpid []", ":1:", "tag"),
    "alias": ("a: &a 1\nbatches: *a", ":1:", "aliases"),
    "alias alone": ("batches: *a", ":1:", "aliases"),
    "two documents": ("batches: 1\n---\nbatches: 2", ":2:", "second document"),
    "deep": ("batches: " + "[" * 1000, ":1:", "levels"),
    "key of lists": ("? [1]\n: 2", ":1:", "a key must be a word"),
    "vary list": ("batches: 1\nvary: [1]", ":2: vary is a list;", "a mapping of settings"),
    "no machine": (VARY + "anode/coatin/coating_speed: [1]", ":3: vary.anode/coatin/", "did you mean anode/coating?"),
    "no line": (VARY + "both/rewinding/mtbf_s: [9]", ":3:", "names no machine"),
    "no field": (VARY + "anode/coating/coating_sped: [1]", ":3:", "did you mean coating_speed?"),
    "a path": (VARY + "a/b/c/d: [1]", ":3:", "names no machine"),
    "too long": (VARY + "anode/coating/coating_speed/x: [1]", ":3:", "line/stage/field"),
    "no list": (VARY + "cell/aging/units: 7", ":3:", "a list of values is wanted"),
    "no values": (VARY + "cell/aging/units: []", ":3:", "has 0 values"),
    "the same": (VARY + "cell/aging/units: [7, 7]", ":3: vary.cell/aging/units[1] is 7;", "each once"),
    "list in list": (VARY + "cell/aging/units: [[7]]", ":3:", "a single value"),
    "half a place": (VARY + "cell/aging/units: [7.5]", "units[0] is 7.5;", "a whole number from 2 to 10000000 places"),
    "true places": (VARY + "cell/aging/units: [true]", "units[0] is True;", "a whole number from 2"),
    "one place": (VARY + "cell/aging/units: [1]", "units[0] is 1;", "from 2"),
    "pool fails": (VARY + "cell/aging/mtbf_s: [100]", ":3:", "names no setting"),
    "many machines": (VARY + "anode/coating/units: [2]", ":3:", "names no setting"),
    "queue": (VARY + "anode/mixing/buffer: [2]", ":3:", "names no setting"),
    "never repaired": (VARY + "cell/rewinding/mttr_s: [null]", "mttr_s[0] is empty;", "from 0 to"),
    "always down": (VARY + "cell/rewinding/mtbf_s: [0.5]", "mtbf_s[0] is 0.5;", "or null for never"),
    "infinite": (VARY + "cell/rewinding/mtbf_s: [.inf]", "mtbf_s[0] is '.inf';", "from 1 to"),
    "fast": (VARY + "anode/coating/coating_speed: [0.05, 9]", ":3:", "from 0.0001 to 2.5 m/s"),
    "nan": (VARY + "anode/coating/coating_speed: [.nan]", ":3:", "from 0.0001 to 2.5 m/s"),
    "truth": (VARY + "anode/coating/coating_speed: [true]", ":3:", "from 0.0001 to 2.5 m/s"),
    "sum": (VARY + "anode/mixing/AM: [0.3]", ":3: vary.anode/mixing/AM[0] cannot be:", "sum to 1"),
    "range of 1": (VARY + "cell/aging/units: {from: 1, to: 3, count: 1}", "count is 1;", "from 2 to 1000"),
    "range of words": (VARY + "cell/aging/units: {from: a, to: 3, count: 2}", "from is 'a';", "finite number"),
    "range of halves": (VARY + "cell/aging/units: {from: 2, to: 5, count: 3}", ":3:", "whole number"),
    "no range": (VARY + "cell/aging/units: {from: 1, to: 3}", ":3:", "from, to and count"),
    "set twice": (
        "batches: 1\nfixed: {anode/coating/coating_speed: 0.1}\nvary:\n  both/coating/coating_speed: [0.2]",
        ":4:",
        "sets anode/coating/coating_speed, which line 2 sets too",
    ),
    "many variants": (
        VARY + "cell/aging/buffer: {from: 0, to: 99, count: 100}\n  both/drying/buffer: {from: 0, to: 99, count: 100}",
        ": vary makes 10000 variants;",
        "1000",
    ),
    "many runs": (
        "batches: 1\nrepetitions: 1000\nvary: {cell/aging/buffer: {from: 0, to: 99, count: 100}}",
        "makes 100000 runs",
        "20000",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "where", "wanted"), BAD.values(), ids=BAD.keys())
def test_a_mistake_gets_one_sentence_with_file_place_and_what_is_allowed(
    text: str, where: str, wanted: str, tmp_path: Path
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(PlanError) as raised:
        read_plan(path)
    said = str(raised.value)
    assert said.startswith(str(path))
    assert where in said
    assert wanted in said
    assert "\n" not in said
    assert len(said) < 1000


def test_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    with pytest.raises(PlanError, match="No such file"):
        read_plan(path)
    with pytest.raises(PlanError, match="Is a directory"):
        read_plan(tmp_path)
    path.write_bytes(b"batches: 1\n# \xff")
    with pytest.raises(PlanError, match=":2: this is not UTF-8"):
        read_plan(path)
    path.write_bytes(b"#" * 65_537)
    with pytest.raises(PlanError, match="larger than 65536 bytes"):
        read_plan(path)


def test_the_limits_are_the_arguments(tmp_path: Path) -> None:
    path = written(tmp_path, "batches: 3\nvary: {cell/aging/units: [2, 3]}")
    with pytest.raises(PlanError, match="from 1 to 2"):
        read_plan(path, SweepLimits(batches=2))
    with pytest.raises(PlanError, match=r"allowed are 1$"):
        read_plan(path, SweepLimits(variants=1))
    with pytest.raises(PlanError, match=r"allowed are 1 to 1$"):
        read_plan(path, SweepLimits(values=1))

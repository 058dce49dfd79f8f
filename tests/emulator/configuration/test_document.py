from __future__ import annotations

from pathlib import Path

import pytest

from emulator.configuration.config import ConfigError, load_panel
from emulator.configuration.document import MAX_BYTES
from emulator.configuration.layout import PanelConfig
from tests.emulator.configuration.well_formed import WELL_FORMED


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", "the file is empty"),
        ("3", "must be a mapping"),
        ("[" * 100_000, "nested deeper"),
        ("&a [*a]", "levels once aliases are written out"),
        ("a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
            f"a{n}: &a{n} [{','.join(['*a' + (str(n - 1) if n else '')] * 10)}]\n" for n in range(6)
        ), "once aliases are written out"),
        ("#" * (MAX_BYTES + 1), "larger than"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused_before_it_costs_anything(write, text: str, refusal: str) -> None:
    with pytest.raises(ConfigError, match=refusal):
        load_panel(write(text))


def test_a_file_that_is_not_there_is_a_sentence_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone.yaml:1: cannot be read \(No such file"):
        load_panel(tmp_path / "gone.yaml")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "panel.yaml"
    path.write_bytes(b"\xff\xfe\x00panel")

    with pytest.raises(ConfigError, match="not UTF-8"):
        load_panel(path)


def test_aliases_and_merges_of_honest_files_work(write) -> None:
    text = WELL_FORMED.replace("  light:", "  light: &light").replace(
        "circuits:\n", "  dim:\n    <<: *light\n    priority: NON_ESSENTIAL\ncircuits:\n"
        "  - {id: dim, name: Dim, template: dim, tabs: [2]}\n"
    )  # fmt: skip
    config: PanelConfig = load_panel(write(text))

    assert [circuit.priority for circuit in config.circuits] == ["NON_ESSENTIAL", "MUST_HAVE"]

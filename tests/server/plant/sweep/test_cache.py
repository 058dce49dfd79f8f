"""What is found again, what is not, and that the folder stays small and its own."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from clients.plant.models import Line, MachineKey, Stage
from clients.plant.parameters import CoatingParameters
from server.plant.configuration import PlantConfiguration
from server.plant.layout import default_configuration
from server.plant.sweep import cache
from server.plant.sweep.cache import RunCache, keys_of
from server.plant.sweep.run import FIGURES, Result

COATER = MachineKey(Line.ANODE, Stage.COATING)
BASE = default_configuration()


def result(value: float | None = 1.5) -> Result:
    return Result(dict.fromkeys(FIGURES, value), "cell/aging")


def key_of(configuration: PlantConfiguration, batches: int, seed: int) -> str:
    return keys_of(configuration, batches, [seed])[0]


def changed(**changes: object) -> PlantConfiguration:
    settings = replace(BASE.machines[COATER], **changes)  # type: ignore[arg-type]
    return replace(BASE, machines={**BASE.machines, COATER: settings})


def test_all_that_matters_is_in_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [
        changed(parameters=CoatingParameters(coating_speed=0.0500001)),
        *(changed(**{name: 7.0}) for name in ("setup_s", "mtbf_s", "mttr_s")),
        changed(buffer=7),
        changed(units=7),
        changed(mtbf_s=None),
        replace(BASE, queue_limit=5),
    ]
    keys = {key_of(configuration, 4, 1) for configuration in [BASE, *others]}
    keys |= {key_of(BASE, 5, 1), key_of(BASE, 4, 2), key_of(BASE, 1, 4)}
    monkeypatch.setattr(cache, "code_version", lambda: "another")
    keys.add(key_of(BASE, 4, 1))
    assert len(keys) == len(others) + 5


def test_the_same_is_found_again(tmp_path: Path) -> None:
    key = key_of(default_configuration(), 4, 1)
    assert key == key_of(BASE, 4, 1)
    first = RunCache(tmp_path / "deep" / "folder", 10)
    assert first.get(key) is None
    first.put(key, result())
    assert first.get(key) == result()
    assert RunCache(first.folder, 10).get(key) == result()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"\xff", b"[" * 9000, b"{}" * 9000,
        json.dumps({"run": "0" * 64, **result(float("nan")).plain()}).encode(),
        json.dumps({"run": "1" * 64, **result().plain()}).encode(),
        json.dumps({"run": "0" * 64, **result().plain(), "bottleneck": "cell/nowhere"}).encode(),
        json.dumps({"run": "0" * 64, "figures": {"wip": 1.0}, "bottleneck": None}).encode(),
        json.dumps({"run": "0" * 64, **result(True).plain()}).encode(),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_not_there(content: bytes, tmp_path: Path) -> None:
    held = RunCache(tmp_path, 10)
    (tmp_path / f"{'0' * 64}.json").write_bytes(content)
    assert held.get("0" * 64) is None
    held.put("0" * 64, result(None))
    assert held.get("0" * 64) == result(None)


def test_the_folder_stays_bounded_keeps_what_was_used_and_what_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "thesis.json").write_text("mine")
    held = RunCache(tmp_path, 20)
    keys = [f"{number:064x}" for number in range(60)]
    for number, key in enumerate(keys):
        held.put(key, result())
        os.utime(tmp_path / f"{key}.json", (number, number))
        assert held.get(keys[0]) == result()
        assert len(list(tmp_path.iterdir())) <= 21
    assert held.get(keys[59]) == result()
    assert held.get(keys[1]) is None
    assert (tmp_path / "thesis.json").read_text() == "mine"


def test_a_sweep_that_was_killed_while_writing_leaves_nothing_for_ever(tmp_path: Path) -> None:
    part = tmp_path / f"{'a' * 64}.123.part"
    part.write_text("{")
    os.utime(part, (1, 1))
    held = RunCache(tmp_path, 1)
    held.put("b" * 64, result())
    assert not part.exists()
    assert held.get("b" * 64) == result()


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="exists"):
        RunCache(tmp_path / "file", 10)

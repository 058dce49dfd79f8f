"""The scientist's notebook: executed from its first cell to its last, against a demo of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.together.process import ROOT, Busbar, free_port

pytestmark = pytest.mark.timeout(300)

NOTEBOOK = ROOT / "examples" / "notebook.ipynb"
README = NOTEBOOK.with_name("README.md")
OFFSETS = (179, 180, 181)
EXECUTE_S = 120.0
FURNISH_S = 120.0
PACE = "mutation { setPlantSpeed(speed: { pace: MAX }) { __typename } }"
FURNISHED = """{ cellMeasurements(filter: { tagsAll: ["ageing"], state: COMPLETE }, first: 0) { totalCount }
  batches(state: [COMPLETED]) { nodes { batchId energyKwh cells(first: 0, scrapped: false) { totalCount } } } }"""
TOLD = """
import json
print(json.dumps({
    "retention": cycles.group_by("cell").agg(pl.col("Capacity retention").last()).sort("cell").rows(),
    "energy": [[row[0], sum(row[1:])] for row in energy.rows()],
    "samples": len(samples), "window": len(window), "charges": charges,
}))
"""
"""A last cell, of the test's own: what the notebook had made of it all."""


def executed(url: str, folder: Path) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    """The notebook's cells as they are after all were run, with a last one that tells what they found."""
    notebook = json.loads(NOTEBOOK.read_text())
    last: dict[str, Any] = {
        "cell_type": "code",
        "id": "told",
        "metadata": {},
        "source": TOLD,
        "execution_count": None,
        "outputs": [],
    }
    notebook["cells"].append(last)
    source, target = folder / "notebook.ipynb", folder / "executed.ipynb"
    source.write_text(json.dumps(notebook))
    own = {name: str(folder) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR")}
    environ = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", "execute", f"--output={target}", str(source)],
        capture_output=True,
        text=True,
        timeout=EXECUTE_S,
        check=False,
        env=environ | own | {"BUSBAR_URL": url},
    )
    return done, json.loads(target.read_text())["cells"] if target.exists() else []


def ask(url: str, document: str) -> Any:
    answer = httpx.post(f"{url}/graphql", json={"query": document}, timeout=30).json()
    assert "errors" not in answer, answer
    return answer["data"]


def furnished(url: str) -> dict[str, Any]:
    """What the server tells when all the demo's cells are aged, and the cells of all its batches are in the lab."""
    deadline = time.monotonic() + FURNISH_S
    while time.monotonic() < deadline:
        found: dict[str, Any] = ask(url, FURNISHED)
        batches = found["batches"]["nodes"]
        if found["cellMeasurements"]["totalCount"] == 8 and sum(bool(b["cells"]["totalCount"]) for b in batches) == 3:
            return found
        time.sleep(0.2)
    raise AssertionError(f"not furnished: {found}")


def test_nothing_of_the_machine_it_was_last_run_on_is_committed() -> None:
    cells = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]
    assert len(cells) > 5
    assert [cell["id"] for cell in cells if cell["outputs"] or cell["execution_count"] or cell["metadata"]] == []


def scripted(url: str) -> str:
    """What the script of the examples' README prints."""
    (script,) = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
    command = [sys.executable, "-W", "error", "-c", script.replace("http://127.0.0.1:8000", url)]
    return subprocess.run(command, capture_output=True, text=True, timeout=EXECUTE_S, check=True).stdout


def test_all_of_it_runs_against_a_demo(tmp_path: Path) -> None:
    port = free_port(*OFFSETS)
    url = f"http://127.0.0.1:{port}"
    with Busbar("demo", "--port", str(port), "--data", tmp_path / "data", ready="Next:"):
        ask(url, PACE)
        found = furnished(url)
        done, cells = executed(url, tmp_path)
        printed = scripted(url)
    assert done.returncode == 0, done.stderr
    assert all(f"demo_{number:03}" in printed for number in (1, 2, 3))

    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 5
    told = json.loads("".join(outputs[-1]["text"]))
    batches = {batch["batchId"]: batch for batch in found["batches"]["nodes"]}
    assert dict(told["energy"]) == pytest.approx({name: batch["energyKwh"] for name, batch in batches.items()})
    assert [cell for cell, _ in told["retention"]] == [
        "LCO-01", "LCO-02", "LFP-01", "LFP-02", "LFP-03", "NMC-01", "NMC-02", "NMC-03",
    ]  # fmt: skip
    assert all(0.85 < retention < 0.985 for _, retention in told["retention"])
    assert told["samples"] == 83_279
    assert 500 < told["window"] <= 1000
    assert len(told["charges"]) == batches["demo_003"]["cells"]["totalCount"]
    assert all(4.0 < charge < 6.0 for charge in told["charges"])


def test_an_empty_lab_is_told_in_a_sentence(tmp_path: Path) -> None:
    port = free_port()
    with Busbar("serve", "--port", str(port), "--data", tmp_path / "data", ready="busbar serves"):
        done, _ = executed(f"http://127.0.0.1:{port}", tmp_path)
    assert done.returncode != 0
    assert "no cell was aged here" in done.stderr

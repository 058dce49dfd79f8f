"""What importing and using the client brings with it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("polars", "pyarrow", "numpy", "pandas", "strawberry", "pydantic")
SEEN = f"import sys; print([name for name in {HEAVY} if name in sys.modules])"


def printed(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    "program",
    [
        "import clients.cells.client",
        "from clients.cells import CellsClient, AsyncCellsClient, CellInstanceClient",
        "from clients.cells import CellsClient; CellsClient('http://127.0.0.1:1').close()",
        "from clients.cells import CellsClient; CellsClient('http://127.0.0.1:1', frames='arrow').close()",
    ],
)
def test_the_client_brings_nothing_heavy(program: str) -> None:
    assert printed(f"{program}; {SEEN}") == "[]"


def test_the_nouns_bring_no_http() -> None:
    assert printed("import clients.cells, clients.cells.models, sys; print('httpx' in sys.modules)") == "False"


def test_one_library_does_not_bring_the_other() -> None:
    program = "from clients.cells.frames import {}; {}.of_columns(dict(a=[1])); import sys; print('{}' in sys.modules)"

    assert printed(program.format("POLARS", "POLARS", "pyarrow")) == "False"
    assert printed(program.format("ARROW", "ARROW", "polars")) == "False"

"""What Python's sqlite3 takes in all versions that we support."""

from __future__ import annotations

import re
from pathlib import Path

from server import stores

NUMBERED = re.compile(r"\?[0-9]")


def test_no_statement_numbers_its_values() -> None:
    """From Python 3.12 on these want a mapping, warned of first and an error later: values have names, or places."""
    files = sorted(Path(stores.__file__).parent.rglob("*.py"))
    assert len(files) > 40
    assert [path.name for path in files if NUMBERED.search(path.read_text())] == []

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def write(tmp_path: Path):
    def _write(text: str) -> Path:
        path = tmp_path / "panel.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write

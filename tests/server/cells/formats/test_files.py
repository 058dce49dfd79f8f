"""Only regular files are opened; anything else is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.cells.formats.errors import FormatError
from server.cells.formats.files import open_regular, sha256_of


def test_a_link_is_refused_also_one_to_a_regular_file(tmp_path):
    (tmp_path / "real.csv").write_text("x")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    with pytest.raises(FormatError, match="it is a symbolic link; name the file it leads to"):
        open_regular(tmp_path / "link.csv")


def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(FormatError, match="is no regular file"):
        open_regular(tmp_path / "pipe.csv")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/proc", "/"])
def test_devices_and_folders_are_refused(path):
    with pytest.raises(FormatError, match="is no regular file"):
        open_regular(Path(path))


@pytest.mark.parametrize("name", ["not there.csv", "..", "a\0b", "x" * 5000])
def test_names_that_lead_nowhere_are_refused(tmp_path, name):
    with pytest.raises(FormatError):
        open_regular(tmp_path / name)


def test_the_hash_is_that_of_the_whole_file(tmp_path):
    (tmp_path / "a").write_bytes(b"abc" * 1_000_000)
    with open_regular(tmp_path / "a") as stream:
        stream.read(10)
        assert sha256_of(stream) == "f4096a131e7e6ebfa7a512b5c299e13b065df34d15624ee1202ab394cc4d7e90"
        assert stream.tell() == 0

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.errors import CaptureError
from emulator.recording import capture
from emulator.recording.capture import read_capture
from tests.emulator.recording.conftest import HEADER, answer, written


def refusal(path, *lines) -> str:
    with pytest.raises(CaptureError) as refused:
        read_capture(written(path / "capture.jsonl", *lines))
    text = str(refused.value)
    assert "\n" not in text
    return text.removeprefix("capture.jsonl:")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"format": "har"}, "1: format: Input should be 'busbar-capture'"),
        ({"version": 2}, "1: version: Input should be 1"),
        ({"recorded_at": "yesterday"}, "1: recorded_at: "),
        ({"recorded_at": "2026-06-21T12:00:00"}, "1: recorded_at: Input should have timezone info"),
        ({"serial": ""}, "1: serial: "),
        ({"every_s": True}, "1: every_s: "),
        ({"tokn": "x"}, "1: tokn: Extra inputs are not permitted"),
    ],
)
def test_a_header_is_refused_by_key(tmp_path, change, text):
    assert refusal(tmp_path, HEADER | change, answer()).startswith(text)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"at_s": -1}, "3: at_s: "),
        ({"at_s": float("nan")}, "3: at_s: "),
        ({"at_s": True}, "3: at_s: "),
        ({"at_s": 0.5}, "3: at_s 0.5 is before the line above"),
        ({"method": "POST"}, "3: method: Input should be 'GET'"),
        ({"path": "/etc/passwd"}, "3: path: "),
        ({"status": 99}, "3: status: "),
        ({"status": "200"}, "3: status: "),
        ({"headers": {"x\r\ny": "z"}}, "3: headers."),
        ({"headers": {"x": "a\r\nset-cookie: b"}}, "3: headers.x: "),
        ({"headers": []}, "3: headers: "),
        ({"body": None}, "3: an answer has either body or body_base64"),
        ({"body_base64": "AAAA"}, "3: an answer has either body or body_base64"),
        ({"body": None, "body_base64": "?"}, "3: body_base64: "),
        ({"body": None, "body_base64": 5}, "3: body_base64: "),
        ({"token": "x"}, "3: token: Extra inputs are not permitted"),
    ],
)
def test_an_answer_is_refused_by_line_and_key(tmp_path, change, text):
    assert refusal(tmp_path, HEADER, answer(1.0), answer(1.0) | change).startswith(text)


def test_a_capture_without_answers_is_refused(tmp_path):
    assert "nothing to replay" in refusal(tmp_path, HEADER)


def test_an_empty_file_a_folder_and_no_file_are_refused(tmp_path):
    assert refusal(tmp_path) == "1: the file is empty"
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(CaptureError, match="cannot be read"):
            read_capture(path)


def test_a_cut_line_is_refused_by_its_number(tmp_path):
    path = written(tmp_path / "capture.jsonl", HEADER, answer(), answer())
    path.write_bytes(path.read_bytes()[:-5])

    with pytest.raises(CaptureError, match=r"capture.jsonl:3: the line is cut off; remove it"):
        read_capture(path)


def test_a_line_and_a_file_have_a_longest(tmp_path, monkeypatch):
    monkeypatch.setattr(capture, "MAX_LINE_BYTES", 500)
    assert "2: longer than 500 bytes a line" in refusal(tmp_path, HEADER, answer(body="x" * 600))
    monkeypatch.setattr(capture, "MAX_BYTES", 1000)
    assert refusal(tmp_path, HEADER, *[answer(body="x" * 200)] * 9).startswith("4: longer than")


@given(
    line=st.binary(max_size=60) | st.recursive(st.none() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_any_line_is_an_answer_or_refused_by_its_number(tmp_path_factory, line):
    path = tmp_path_factory.mktemp("captures") / "capture.jsonl"
    path.write_bytes(json.dumps(HEADER).encode() + b"\n" + line.replace(b"\n", b" ") + b"\n")

    with pytest.raises(CaptureError, match=r"^capture.jsonl:[12]: "):
        read_capture(path)

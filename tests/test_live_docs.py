"""docs/live.md names the close codes, settings and codes that there are."""

from __future__ import annotations

import dataclasses
import re

from server.graphql.limits import Limits
from server.graphql.sockets import conversation, outbox, socket_operations, sockets
from server.graphql.sockets.messages import MAX_ID_CHARACTERS
from tests.together.process import ROOT

TEXT = (ROOT / "docs" / "live.md").read_text()
OF_UVICORN = {1012}


def test_the_close_codes_are_those_that_there_are() -> None:
    named = {int(code) for code in re.findall(r"^\| (\d{4}) \|", TEXT, re.MULTILINE)}
    rooms = (conversation, outbox, socket_operations, sockets)
    used = {value for room in rooms for value in vars(room).values() if isinstance(value, int) and 1000 < value < 5000}
    assert named == used | OF_UVICORN


def test_the_settings_are_those_that_there_are() -> None:
    there = {field.name for field in dataclasses.fields(Limits)}
    named = set(re.findall(r"`((?:max|socket|mailbox|slow)_\w+)`", TEXT))
    assert named <= there
    assert {name for name in there if name.startswith(("socket_", "mailbox_", "slow_"))} <= named


def test_an_id_is_as_long_as_it_says() -> None:
    assert f"up to\n{MAX_ID_CHARACTERS} characters" in TEXT

"""Frames made once for all: as the library reads them."""

from __future__ import annotations

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from server.frames import text_frame


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_is_the_librarys(length: int) -> None:
    payload = ("é" * length).encode()[:length] if length % 2 == 0 else b"x" * length
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)


def test_frames_one_behind_the_other_are_read_as_messages_of_their_own() -> None:
    client = ClientProtocol(parse_uri("ws://x/"))
    client.send_request(client.connect())
    client.data_to_send()
    client.reader.feed_data(b"".join(map(text_frame, (b"one", b"", b"3" * 70_000))))
    client.state = type(client.state).OPEN
    client.parser = client.parse()
    next(client.parser)
    assert [frame.data for frame in client.events_received() if isinstance(frame, Frame)] == [
        b"one",
        b"",
        b"3" * 70_000,
    ]

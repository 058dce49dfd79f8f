from __future__ import annotations

from emulator.http.protocol import JoinedWrites

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"


class Written:
    """A transport that remembers each write."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    get_extra_info = pause_reading = resume_reading = abort = None


def joined() -> tuple[JoinedWrites, Written]:
    written = Written()
    return JoinedWrites(written), written  # type: ignore[arg-type]


def test_head_and_body_leave_in_one_write():
    transport, written = joined()

    for _ in range(2):
        transport.write(HEAD)
        transport.write(b"body")
        transport.end_answer()

    assert written.writes == [HEAD + b"body"] * 2


def test_later_pieces_of_a_body_leave_at_once():
    transport, written = joined()

    transport.write(HEAD)
    transport.write(b"bo")
    transport.write(b"dy")

    assert written.writes == [HEAD + b"bo", b"dy"]


def test_an_empty_first_piece_lets_the_head_go():
    transport, written = joined()

    transport.write(HEAD)
    transport.write(b"")

    assert written.writes == [HEAD]


def test_a_head_without_a_body_leaves_with_the_end_of_its_answer():
    transport, written = joined()

    transport.write(HEAD)
    transport.end_answer()

    assert written.writes == [HEAD]


def test_closing_loses_nothing():
    transport, written = joined()

    transport.write(HEAD)
    transport.close()

    assert (written.writes, written.closed) == ([HEAD], True)


def test_nothing_is_written_once_it_is_closing():
    transport, written = joined()

    transport.close()
    transport.write(HEAD)
    transport.write(b"body")

    assert written.writes == []


def test_a_continue_is_never_held_back():
    transport, written = joined()

    transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    assert written.writes == [b"HTTP/1.1 100 Continue\r\n\r\n"]

"""A worker program: started by the first question, asked one line of JSON at a time, gone with whoever asks."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Event, Timer
from typing import Self

import orjson

from server.plant.models.errors import ModelError

ANSWER_S = 120.0
"""Longest wait for an answer. The first one takes the import of the library with it."""
LEAVE_S = 5.0
"""How long a worker may take to end by itself once nobody asks any more."""
LONGEST_ANSWER = 65_536
"""Bytes of one answer."""
LONGEST_REASON = 200
"""Characters of a worker's own words that are told on."""

Numbers = Mapping[str, float]


class Worker:
    """One process that answers, for one thread.

    `command` reads an object of numbers a line from its standard input, and writes one a line: `{"name": number}`, or
    `{"error": "why"}`. It must end when its input does; so it also ends when this process is gone, however that came
    about. After a failure the process is ended, and the next question starts another.
    """

    def __init__(self, name: str, command: Sequence[str], answer_s: float = ANSWER_S) -> None:
        self._name, self._command, self._answer_s = name, tuple(command), answer_s
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Of the process, None while there is none."""
        return None if self._process is None else self._process.pid

    def ask(self, question: Numbers) -> Numbers:
        """The answer. Raises ModelError when it does not come in time, or is none."""
        self._process = process = self._process or self._start()
        try:
            return _answer(self._line(process, orjson.dumps(question) + b"\n"))
        except ModelError as error:
            self._end()
            raise ModelError(f"{self._name} {error}") from None

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(LEAVE_S)
            self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        try:
            return subprocess.Popen(  # noqa: S603 (our own command, and no shell)
                self._command, bufsize=0, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise ModelError(f"{self._name} cannot be started: {error.strerror or error}") from None

    def _line(self, process: subprocess.Popen[bytes], question: bytes) -> bytes:
        """What comes back. A timer ends a process that lets us wait, and with it the wait."""
        overdue = Event()

        def give_up() -> None:
            overdue.set()
            process.kill()

        timer = Timer(self._answer_s, give_up)
        timer.start()
        try:
            line = _exchange(process, question)
        finally:
            timer.cancel()
        if overdue.is_set():
            raise ModelError(f"gave no answer within {self._answer_s:g} s")
        if len(line) >= LONGEST_ANSWER:
            raise ModelError(f"gave an answer of more than {LONGEST_ANSWER:,} bytes")
        if not line.endswith(b"\n"):
            process.kill()
            raise ModelError(f"ended before it answered, with code {process.wait()}")
        return line

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with process:
                process.kill()


def _exchange(process: subprocess.Popen[bytes], question: bytes) -> bytes:
    """One line there and one back, empty from a process that has ended."""
    if process.stdin is None or process.stdout is None:
        return b""
    with suppress(BrokenPipeError):
        process.stdin.write(question)
        return process.stdout.readline(LONGEST_ANSWER)
    return b""


def _answer(line: bytes) -> Numbers:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise ModelError(f"gave an answer that is no JSON: {_short(repr(line))}") from None
    if isinstance(found, dict) and isinstance(found.get("error"), str):
        raise ModelError(f"gave up: {_short(found['error'])}")
    if not isinstance(found, dict) or not all(type(one) in {int, float} for one in found.values()):
        raise ModelError(f"gave an answer that is no object of numbers: {_short(repr(line))}")
    return found


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_REASON else plain[:LONGEST_REASON] + "..."

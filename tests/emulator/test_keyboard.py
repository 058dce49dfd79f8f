from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from emulator.keyboard import obeying


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


async def test_each_word_typed_is_obeyed_and_others_are_answered(pipe):
    source, typed = pipe
    done: asyncio.Queue[str] = asyncio.Queue()

    with obeying(source, {"d": lambda: done.put_nowait("pressed")}, otherwise=lambda: done.put_nowait("help")):
        os.write(typed, b"d\nD x\n")

        assert [await done.get() for _ in range(3)] == ["pressed", "pressed", "help"]


@pytest.mark.parametrize("path", ["/dev/null", __file__])
async def test_nobody_types_into_a_file(path):
    with open(path, "rb") as source, obeying(source.fileno(), {}, otherwise=lambda: pytest.fail("read")):  # noqa: PTH123, ASYNC230
        await asyncio.sleep(0)


async def test_a_program_without_standard_input_runs_all_the_same():
    with obeying(None, {}, otherwise=lambda: pytest.fail("read")):
        pass

"""The door to worker threads: what goes through, and what Ctrl-C becomes behind it."""

from __future__ import annotations

import asyncio
import gc
import re
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import httpx
import pytest
import structlog.testing
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from schema.ports import StoppingError
from server import threads
from server.rest.face import rest_face
from server.threads import in_thread
from tests.schema.serving import served, until
from tests.server.rest.cells.face import assert_error

SERVER = Path(threads.__file__).parent
# In a process of its own, which reads its pipe in a thread.
BESIDE_A_PIPE = SERVER / "plant" / "models" / "pybamm_program.py"


def interrupted(*_: object) -> int:
    raise KeyboardInterrupt


async def test_work_is_done_in_another_thread_of_those_that_are_counted():
    limiter = anyio.CapacityLimiter(1)

    def work(left: int, right: int) -> tuple[int, float, int]:
        return left + right, limiter.borrowed_tokens, threading.get_ident()

    answer, borrowed, thread = await in_thread(work, 2, 3, limiter=limiter)
    assert (answer, borrowed) == (5, 1)
    assert thread != threading.get_ident()


async def test_what_work_raises_comes_out_as_it_is():
    with pytest.raises(ZeroDivisionError):
        await in_thread(divmod, 1, 0)


async def test_ctrl_c_in_a_thread_is_a_server_that_stops():
    with pytest.raises(StoppingError):
        await in_thread(interrupted)


def test_polars_is_asked_behind_this_door_alone() -> None:
    """The stores know SQLite and files, whose calls never hear Ctrl-C in a thread, and may take threads themselves."""
    others = [path for path in sorted(SERVER.rglob("*.py")) if path != SERVER / "threads.py"]
    stores = [path for path in others if path.is_relative_to(SERVER / "stores")]
    assert len(stores) > 20
    taking = re.compile(r"\b(to_thread|run_in_executor|ThreadPoolExecutor|threading\.Thread)\b")
    hearing = re.compile(r"^\s*(import|from) (polars|pyarrow)\b", re.MULTILINE)
    assert [path for path in others if path not in stores and taking.search(path.read_text())] == [BESIDE_A_PIPE]
    assert [path for path in stores if hearing.search(path.read_text())] == []


class Slow:
    """Work in threads that ends when it may."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.begun = self.running = self.most = 0
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.begun += 1
            self.running += 1
            self.most = max(self.most, self.running)
        self.may_end.wait(30)
        with self._lock:
            self.running -= 1


async def cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_thread_counts_until_it_ends_though_nobody_waits_for_it() -> None:
    limiter, slow = anyio.CapacityLimiter(1), Slow()
    gone = asyncio.create_task(in_thread(slow, limiter=limiter))
    await until(lambda: slow.running)
    await cancelled(gone)
    waiting = asyncio.create_task(in_thread(slow, limiter=limiter))
    await until(lambda: limiter.statistics().tasks_waiting or slow.begun > 1)
    assert limiter.borrowed_tokens == 1
    slow.may_end.set()
    await waiting
    assert (slow.begun, slow.most, limiter.borrowed_tokens) == (2, 1, 0)


async def test_who_leaves_before_its_turn_has_no_thread_and_keeps_no_turn() -> None:
    limiter, slow = anyio.CapacityLimiter(1), Slow()
    first = asyncio.create_task(in_thread(slow, limiter=limiter))
    await until(lambda: slow.running)
    second = asyncio.create_task(in_thread(slow, limiter=limiter))
    await until(lambda: limiter.statistics().tasks_waiting)
    await cancelled(second)
    slow.may_end.set()
    await first
    await in_thread(slow, limiter=limiter)
    assert (slow.begun, limiter.borrowed_tokens) == (2, 0)


async def test_what_fails_when_nobody_waits_is_not_told_to_anybody() -> None:
    limiter, may_fail, told = anyio.CapacityLimiter(1), threading.Event(), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    begun = threading.Event()

    def failing() -> None:
        begun.set()
        may_fail.wait(30)
        raise ZeroDivisionError

    gone = asyncio.create_task(in_thread(failing, limiter=limiter))
    await until(begun.is_set)
    await cancelled(gone)
    may_fail.set()
    await until(lambda: not limiter.borrowed_tokens)
    await asyncio.sleep(0.01)  # the task of the thread ends behind that
    del gone  # its traceback has the frame that has that task
    gc.collect()
    assert told == []


async def test_a_scope_that_is_cancelled_waits_for_its_thread() -> None:
    slow = Slow()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(in_thread, slow)
        await until(lambda: slow.running)
        tasks.cancel_scope.cancel()
        asyncio.get_running_loop().call_later(0.1, slow.may_end.set)
    assert slow.running == 0


async def in_a_group(_request: Request) -> Response:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(in_thread, interrupted)
    return Response()


async def alone(_request: Request) -> Response:
    await in_thread(interrupted)
    return Response()


async def half_sent(_request: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        yield b"half"
        await in_thread(interrupted)

    return StreamingResponse(parts())


FACE = rest_face([Route("/alone", alone), Route("/in_a_group", in_a_group), Route("/half_sent", half_sent)])


@pytest.mark.parametrize("path", ["/alone", "/in_a_group"])
async def test_rest_answers_503_in_its_own_shape_and_logs_no_mistake_of_ours(path: str) -> None:
    with structlog.testing.capture_logs() as logs:
        async with served(FACE) as address, httpx.AsyncClient(base_url=f"http://{address}") as http:
            answer = await http.get(path)
    assert answer.status_code == 503
    assert_error(answer)
    assert "stopping" in answer.json()["message"]
    assert logs == []


async def test_what_is_half_sent_is_cut_off_so_that_the_client_sees_it() -> None:
    async with served(FACE) as address, httpx.AsyncClient(base_url=f"http://{address}") as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get("/half_sent")

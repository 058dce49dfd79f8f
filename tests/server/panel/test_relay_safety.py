"""R20 as a state machine: users, a bad line and a panel that dies, in any order; no call may change a relay twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from clients.errors import ClientError
from clients.panel.exceptions import SpanPanelAPIError, SpanPanelConnectionError, SpanPanelTimeoutError
from clients.panel.models import RelayState, Snapshot
from schema.panel.refusals import ChangeRefused, ChangeUnknown, PanelRefusal, PanelUnreachable, TooManyChanges
from schema.ports import PanelView
from server.clock import Clock
from server.panel.control import Control
from server.panel.gateway import Gateway
from server.panel.limits import Limits
from tests.fakes import VirtualLoop, virtual_clock
from tests.server.panel.world import FakePanel, Street, a_circuit, a_snapshot

CIRCUITS = ("kitchen", "garage")
LIMITS = Limits(max_waiting_changes=4)
GONE = SpanPanelConnectionError("panel 10.0.0.5 cannot be reached at /status; check power and network")
CALLER: ContextVar[int] = ContextVar("caller")


class Fate(Enum):
    """What becomes of one command: when the panel obeys it (seconds, None for never), and what the client says."""

    OBEYED = (0.0, None)
    OBEYED_IN_A_MOMENT = (1.2, None)
    OBEYED_TOO_LATE_TO_SEE = (30.0, None)
    IGNORED = (None, None)
    ANSWER_LOST = (0.0, SpanPanelConnectionError("panel dropped the connection", outcome_unknown=True))
    COMMAND_LOST = (None, SpanPanelConnectionError("panel dropped the connection", outcome_unknown=True))
    STUCK_ON_THE_WAY = (8.0, SpanPanelTimeoutError("panel did not finish", outcome_unknown=True))
    HANGING = (3.0, "hang")
    REFUSED = (None, SpanPanelAPIError("panel answered 400", 400))
    NEVER_SENT = (None, SpanPanelConnectionError("panel cannot be reached"))

    @property
    def is_certain(self) -> bool:
        """Whether the client knows that nothing was changed."""
        return self in (Fate.REFUSED, Fate.NEVER_SENT)


@dataclass
class Call:
    """One user's wish, and all that came of it. `read_s` is when the panel was last asked after it was sent."""

    circuit_id: str
    state: RelayState
    fate: Fate
    sent: int = 0
    obeyed: int = 0
    reads_when_sent: int = 0
    answer: PanelView | PanelRefusal | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class SwitchedPanel(FakePanel):
    """Does with each command what its caller's fate says, and counts."""

    def __init__(self, clock: Clock, calls: list[Call]) -> None:
        super().__init__(clock, a_snapshot(*(a_circuit(circuit_id) for circuit_id in CIRCUITS)))
        self.calls, self.sending = calls, Counter[str]()

    async def set_circuit_relay(self, circuit_id: str, state: RelayState) -> object:
        call = self.calls[CALLER.get()]
        call.sent, call.reads_when_sent = call.sent + 1, len(self.asked_s)
        self.sending[circuit_id] += 1
        try:
            return await self._meet(call)
        finally:
            self.sending[circuit_id] -= 1

    async def _meet(self, call: Call) -> object:
        obeyed_after_s, end = call.fate.value
        if obeyed_after_s is not None:
            asyncio.get_running_loop().call_later(obeyed_after_s, self._obey, call)
            await asyncio.sleep(0.01)
        if isinstance(end, ClientError):
            raise end
        if end is not None:
            await asyncio.sleep(1e6)
        return None

    def _obey(self, call: Call) -> None:
        call.obeyed += 1
        self.change(call.circuit_id, relay_state=call.state)


class RelaySafety(RuleBasedStateMachine):
    """Every rule lets the calls under way go on; time passes only in `wait`."""

    def __init__(self) -> None:
        super().__init__()
        self.loop, self.calls = VirtualLoop(), list[Call]()
        self._do(self._begin())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        self.loop.run_until_complete(work)

    async def _begin(self) -> None:
        street = Street(virtual_clock(), LIMITS)
        self.panel = SwitchedPanel(street.clock, self.calls)
        self.gateway = Gateway(street.record(), self.panel, street.world)
        self.control = Control(self.gateway, LIMITS, street.clock)
        self.polling = asyncio.create_task(self.gateway.run())
        await asyncio.sleep(2)

    @rule(
        circuit_id=st.sampled_from(CIRCUITS),
        state=st.sampled_from([RelayState.OPEN, RelayState.CLOSED]),
        fate=st.sampled_from(Fate),
        times=st.integers(1, 2),
    )
    def somebody_switches(self, circuit_id: str, state: RelayState, fate: Fate, times: int) -> None:
        """Once, or twice at the same moment, as two users or an impatient one do."""

        async def start() -> None:
            for _ in range(times):
                self.calls.append(Call(circuit_id, state, fate))
                self.calls[-1].task = asyncio.create_task(self._call(len(self.calls) - 1))
            await asyncio.sleep(0)

        self._do(start())

    async def _call(self, number: int) -> None:
        CALLER.set(number)
        call = self.calls[number]
        call.answer = await self.control.set_circuit_relay(call.circuit_id, call.state)
        self._judge(call, call.answer)

    @rule(seconds=st.sampled_from([0.005, 0.5, 2.0, 12.0, 60.0]))
    def wait(self, seconds: float) -> None:
        self._do(asyncio.sleep(seconds))

    @rule()
    def the_panel_dies(self) -> None:
        self.panel.fault = GONE

    @rule()
    def the_panel_is_back(self) -> None:
        self.panel.fault = None

    @rule(delay_s=st.sampled_from([0.0, 0.3, 4.0, 1e6]))
    def the_panel_answers_readings_late(self, delay_s: float) -> None:
        self.panel.delay_s = delay_s

    @rule(data=st.data())
    def a_caller_leaves(self, data: st.DataObject) -> None:
        waiting = [call.task for call in self.calls if call.task and not call.task.done()]
        if waiting:
            data.draw(st.sampled_from(waiting)).cancel()
            self._do(asyncio.sleep(0))

    @invariant()
    def no_call_is_sent_or_obeyed_twice(self) -> None:
        assert all(call.sent <= 1 and call.obeyed <= call.sent for call in self.calls)

    @invariant()
    def a_change_that_was_told_not_made_was_never_made(self) -> None:
        certain = (call for call in self.calls if isinstance(call.answer, PanelRefusal) and not is_unknown(call))
        assert all(call.obeyed == 0 for call in certain)

    @invariant()
    def one_circuit_is_sent_one_change_at_a_time(self) -> None:
        assert all(count <= 1 for count in self.panel.sending.values())

    @invariant()
    def nothing_went_wrong_in_a_call(self) -> None:
        for call in self.calls:
            if call.task and call.task.done() and not call.task.cancelled():
                call.task.result()

    def _judge(self, call: Call, answer: PanelView | PanelRefusal) -> None:
        """What may be answered, at the moment of the answer."""
        was_read_again = len(self.panel.asked_s) > call.reads_when_sent
        if isinstance(answer, PanelView):
            assert (call.sent, relay_of(answer.snapshot, call.circuit_id)) == (1, call.state)
            assert was_read_again
        elif isinstance(answer, ChangeUnknown):
            assert (call.sent, call.fate.is_certain) == (1, False)
            assert was_read_again
            assert answer.shown == relay_of(self.gateway.view.snapshot, call.circuit_id)
        elif isinstance(answer, TooManyChanges):
            assert call.sent == 0
        else:
            assert isinstance(answer, ChangeRefused | PanelUnreachable)
            assert call.fate.is_certain

    def teardown(self) -> None:
        """Whatever happened, everybody who stayed is answered in the end."""
        self._do(asyncio.sleep(LIMITS.max_waiting_changes * 2.5 * LIMITS.poll_deadline_s))
        self.nothing_went_wrong_in_a_call()
        assert all(call.task and call.task.done() for call in self.calls)
        self._do(self._end())
        self.loop.close()

    async def _end(self) -> None:
        self.polling.cancel()
        await asyncio.wait([self.polling])


def is_unknown(call: Call) -> bool:
    return isinstance(call.answer, ChangeUnknown)


def relay_of(snapshot: Snapshot | None, circuit_id: str) -> RelayState:
    assert snapshot is not None
    return next(circuit.relay_state for circuit in snapshot.circuits if circuit.id == circuit_id)


def test_r20_no_call_changes_a_relay_twice_whatever_happens() -> None:
    run_state_machine_as_test(RelaySafety, settings=settings(max_examples=40, stateful_step_count=25, deadline=None))


@pytest.mark.soak
def test_r20_no_call_changes_a_relay_twice_in_five_thousand_stories() -> None:
    run_state_machine_as_test(RelaySafety, settings=settings(max_examples=5_000, stateful_step_count=40, deadline=None))

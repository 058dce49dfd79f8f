"""One panel: polled in its own rhythm, its last values kept readable.

Nothing about one panel waits for another: each gateway has its own two tasks, its own client and its own deadlines.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import datetime

import anyio
import structlog

from clients.errors import ClientAuthError, ClientError
from clients.panel.models import Snapshot, Status
from schema.ports import NewEvent, PanelView
from server.panel.backoff import Backoff
from server.panel.contact import Contact
from server.panel.counters import Counters
from server.panel.failures import Failure, Fault
from server.panel.readmission import Readmission
from server.panel.registration import Registered, register
from server.panel.teller import COUNTERS, Teller
from server.panel.transitions import TOPIC
from server.panel.viewers import Viewers
from server.panel.world import PanelClient, World
from server.stores.panels import PanelRecord

log = structlog.get_logger()


class Gateway:
    """Polls one panel and remembers what it said. `run` never ends by itself: cancel it, then `close`."""

    def __init__(self, record: PanelRecord, client: PanelClient, world: World) -> None:
        self.client = client
        self._world, self._limits, self._clock = world, world.limits, world.clock
        self._teller = Teller(record, world)
        self._viewers = Viewers(self._clock)
        self._counters = Counters(self._limits, record.told.get(COUNTERS))
        self._contact = Contact(self._limits, self._clock.monotonic())
        self._backoff = Backoff(self._limits, world.dice)
        self._readmission = Readmission(self._limits)
        self._questions = itertools.count(1)
        self._answered = 0
        self._sequence = 0
        self._telling_broke = False
        self._is_settled = False
        self._raw: Snapshot | None = None
        self._snapshot: Snapshot | None = None
        self._observed_at: datetime | None = None
        self._shown = self.view
        self._publish()

    @property
    def record(self) -> PanelRecord:
        """The panel's row as last saved."""
        return self._teller.record

    @property
    def where(self) -> str:
        """The panel and its address, as messages name them."""
        return f"panel {self.record.serial} at {self.record.host}:{self.record.port}"

    @property
    def view(self) -> PanelView:
        """The panel as last seen, with its availability as of now."""
        now_s = self._clock.monotonic()
        return PanelView(
            serial=self.record.serial,
            name=self.record.name,
            host=self.record.host,
            port=self.record.port,
            availability=self._contact.availability(now_s),
            sequence=self._sequence,
            added_at=self.record.added_at,
            observed_at=self._observed_at,
            snapshot=self._snapshot,
            reason=self._contact.reason(now_s),
        )

    @property
    def raw(self) -> Snapshot | None:
        """The last answer as it came, its counters not made honest; None before the first."""
        return self._raw

    @property
    def viewers(self) -> Viewers:
        """Whoever follows this panel."""
        return self._viewers

    @property
    def teller(self) -> Teller:
        """Who keeps the panel's row."""
        return self._teller

    @property
    def is_impostor(self) -> bool:
        """Whether another panel answers at the address: nothing may be sent there."""
        return self._contact.is_impostor()

    async def run(self) -> None:
        """Poll, and let the last answer grow old, for ever."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._keep_polling)
            group.start_soon(self._keep_ageing)

    async def poll(self) -> Failure | None:
        """Ask once and take the answer in, unless a later question was answered first."""
        question = next(self._questions)
        answer = await self._ask()
        if question < self._answered:
            return None
        self._answered = question
        if isinstance(answer, Failure):
            self._contact.failed(answer)
        else:
            self._take(answer)
        await self._settle_safely()
        return answer if isinstance(answer, Failure) else None

    async def poll_safely(self) -> Failure | None:
        """Poll; what nobody expected is logged and counts as a failure."""
        try:
            return await self.poll()
        except Exception:  # a bug of ours must not end this panel's polling for good; it is logged
            log.exception("panel.poll_broke", panel=self.record.serial)
            return Failure(Fault.UNREACHABLE, f"busbar could not take in the answer of {self.where}; its log says why")

    async def greet(self, snapshot: Snapshot) -> None:
        """Take in the answer that came while the panel was added."""
        self._take(snapshot)
        await self._settle_safely()

    async def move(self, record: PanelRecord, client: PanelClient, event: NewEvent) -> None:
        """Go on under another address, token or name. The viewers stay; answers on their way are dropped."""
        await self._teller.move(replace(record, told=self.record.told), [event])
        old, self.client = self.client, client
        self._answered = next(self._questions)
        self._contact = Contact(self._limits, self._clock.monotonic())
        self._backoff = Backoff(self._limits, self._world.dice)
        await old.close()

    async def close(self) -> None:
        """Save the counters, end the feeds, let go of the connections."""
        try:
            await self._teller.finish(self._counters)
        finally:
            await self.drop()

    async def drop(self) -> None:
        """End without saving."""
        await self._teller.mute()
        self._viewers.close()
        await self.client.close()

    async def _ask(self) -> Snapshot | Failure:
        deadline_s, client = self._limits.poll_deadline_s, self.client
        try:
            async with asyncio.timeout(deadline_s):
                answer = await self._snapshot_of(client)
        except TimeoutError:
            return Failure.too_slow(self.where, deadline_s)
        except ClientError as error:
            return Failure.of(error)
        if isinstance(answer, Failure) and answer.fault is Fault.IMPOSTOR:
            await client.close()  # the next request looks the name up again: the panel may have another address by now
        return answer

    async def _snapshot_of(self, client: PanelClient) -> Snapshot | Failure:
        try:
            snapshot = await client.snapshot()
        except ClientAuthError as error:
            return await self._let_in_again(client, error)
        return self._impostor(snapshot.status) or snapshot

    async def _let_in_again(self, client: PanelClient, refusal: ClientAuthError) -> Snapshot | Failure:
        """Find out who answers, with the status, which needs no token; register again if its door lets us."""
        status = await client.get_status()
        if impostor := self._impostor(status):
            return impostor
        if not status.proximity_proven:
            return Failure.locked_out(refusal)
        now_s = self._clock.monotonic()
        if not self._readmission.is_due(now_s):
            return Failure.token_useless(refusal)
        self._readmission.tried(now_s)
        await self._adopt(await register(client, self._world.dice))
        return await client.snapshot()

    async def _adopt(self, registered: Registered) -> None:
        """Use the token from now on, whether or not it can be saved at once."""
        record = replace(self.record, access_token=registered.access_token)
        self._teller.adopt(record, NewEvent(TOPIC, record.serial, "PanelRegisteredAgain", {}))
        address, name = f"{record.host}:{record.port}", registered.client_name
        log.info("panel.registered_again", panel=record.serial, address=address, client=name)
        await self._settle_safely()

    def _impostor(self, status: Status) -> Failure | None:
        if status.serial == self.record.serial:
            return None
        return Failure.impostor(f"{self.record.host}:{self.record.port}", status.serial, self.record.serial)

    def _take(self, snapshot: Snapshot) -> None:
        now_s, now = self._clock.monotonic(), self._clock.now()
        # A virtual circuit's time is the client's, not the panel's.
        at = max((circuit.power_at for circuit in snapshot.circuits if not circuit.is_virtual), default=now)
        self._raw = snapshot
        self._snapshot = self._counters.honest(snapshot, at.timestamp(), now_s)
        self._observed_at = now
        self._contact.answered(now_s)
        self._world.recorder.record(self.record.serial, at, self._snapshot)

    async def _settle(self) -> None:
        """Show and tell what the last answer, or its age, has changed."""
        self._publish()
        self._is_settled = self._contact.is_settled(self._clock.monotonic())
        await self._teller.tell(self._shown, self._counters, is_settled=self._is_settled)

    def _publish(self) -> None:
        if self.view != self._shown or not self._sequence:
            self._sequence += 1
            self._shown = self.view
            self._viewers.publish(self._shown)

    async def _keep_polling(self) -> None:
        await self._clock.sleep(self._backoff.first_s())
        while True:
            started_s = self._clock.monotonic()
            failure = await self.poll_safely()
            now_s = self._clock.monotonic()
            wait_s = self._backoff.failed_s(failure, now_s) if failure else self._backoff.answered_s()
            await self._clock.sleep(max(0.0, started_s + wait_s - now_s))

    async def _keep_ageing(self) -> None:
        while True:
            await self._clock.sleep(self._contact.next_change_s(self._clock.monotonic()))
            now_s = self._clock.monotonic()
            has_aged = self._contact.availability(now_s) is not self._shown.availability
            if has_aged or self._contact.is_settled(now_s) != self._is_settled:
                await self._settle_safely()

    async def _settle_safely(self) -> None:
        try:
            await self._settle()
        except Exception:  # a full disk must not stop the reading; what was not saved is told again
            if not self._telling_broke:
                log.exception("panel.telling_broke", panel=self.record.serial)
            self._telling_broke = True
        else:
            self._telling_broke = False

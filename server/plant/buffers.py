"""What lies between the machines: bounded, first in, first out. Blocking and starving come from waiting here."""

from __future__ import annotations

from collections import deque
from math import inf

from simpy import Environment, Event

from server.plant.batch import Batch


class Buffer:
    """Room for `capacity` batches, 0 or more. With 0, a machine hands its batch to the next one directly.

    Any number of machines may put, one takes. Giving and taking cost no event of the clock unless someone waits.
    """

    __slots__ = ("_env", "_givers", "_items", "_taker", "capacity")

    def __init__(self, env: Environment, capacity: float = inf) -> None:
        self.capacity = capacity
        self._env = env
        self._items: deque[Batch] = deque()
        self._givers: deque[tuple[Event, Batch]] = deque()
        self._taker: Event | None = None

    def __len__(self) -> int:
        return len(self._items)

    def put(self, batch: Batch) -> Event | None:
        """Take the batch in, or return the event to wait for: it comes when the batch is in."""
        taker = self._taker
        if taker is not None:
            self._taker = None
            taker.succeed(batch)
            return None
        if len(self._items) < self.capacity:
            self._items.append(batch)
            return None
        waiting = Event(self._env)
        self._givers.append((waiting, batch))
        return waiting

    def get(self) -> Batch | None:
        """The oldest batch, or None when there is nothing."""
        if self._items:
            batch = self._items.popleft()
            if self._givers:
                self._items.append(self._admit())
            return batch
        return self._admit() if self._givers else None

    def wait(self) -> Event:
        """After `get` gave None: the event of the next batch, with the batch as its value."""
        self._taker = Event(self._env)
        return self._taker

    def leave(self) -> Event | None:
        """Whoever waits for a batch does not any more; the event that it waited for."""
        taker, self._taker = self._taker, None
        return taker

    def come(self, taker: Event) -> None:
        """Wait again for a batch, as the value of that event."""
        batch = self.get()
        if batch is None:
            self._taker = taker
        else:
            taker.succeed(batch)

    def withdraw(self, batch: Batch) -> bool:
        """Take back a batch that waits to come in; False when it does not."""
        place = next((place for place, (_, stuck) in enumerate(self._givers) if stuck is batch), None)
        if place is not None:
            del self._givers[place]
        return place is not None

    def offer(self, batch: Batch, waiting: Event) -> None:
        """Put in again what was withdrawn; the event comes when it is in."""
        if self._taker is None and len(self._items) >= self.capacity:
            self._givers.append((waiting, batch))
        else:
            self.put(batch)
            waiting.succeed()

    def drop(self, batch: Batch) -> None:
        """Throw the batch away if it lies or waits here."""
        if batch in self._items:
            self._items.remove(batch)
            if self._givers:
                self._items.append(self._admit())
            return
        for place, (waiting, stuck) in enumerate(self._givers):
            if stuck is batch:
                del self._givers[place]
                waiting.succeed()
                return

    def _admit(self) -> Batch:
        waiting, batch = self._givers.popleft()
        waiting.succeed()
        return batch


class Side(Buffer):
    """One of the two sides of an assembly: room for at least one web, which waits for its partner."""

    __slots__ = ("_pairing",)

    def __init__(self, env: Environment, capacity: float, pairing: Pairing) -> None:
        super().__init__(env, max(1, capacity))
        self._pairing = pairing

    def put(self, batch: Batch) -> Event | None:
        """As a buffer does; the second web of a batch calls the winder."""
        waiting = super().put(batch)
        self._pairing.match()
        return waiting


class Pairing:
    """Where both webs of a batch meet: what is taken out is a batch whose two webs are there.

    Both lines keep the order of the queue, and an ended batch is dropped from both, so the two oldest are of one
    batch; AssertionError if ever they are not.
    """

    __slots__ = ("_env", "_taker", "anode", "cathode")

    def __init__(self, env: Environment, capacity: float) -> None:
        self.anode = Side(env, capacity, self)
        self.cathode = Side(env, capacity, self)
        self._env = env
        self._taker: Event | None = None

    def __len__(self) -> int:
        return max(len(self.anode), len(self.cathode))

    def get(self) -> Batch | None:
        """The oldest batch with both webs, or None."""
        if not len(self.anode) or not len(self.cathode):
            return None
        batch, partner = self.anode.get(), self.cathode.get()
        if batch is not partner:
            raise AssertionError(f"webs of different batches meet: {batch and batch.id}, {partner and partner.id}")
        return batch

    def wait(self) -> Event:
        """After `get` gave None: the event of the next complete batch."""
        self._taker = Event(self._env)
        return self._taker

    def leave(self) -> Event | None:
        """As a buffer does."""
        taker, self._taker = self._taker, None
        return taker

    def come(self, taker: Event) -> None:
        """As a buffer does."""
        self._taker = taker
        self.match()

    def match(self) -> None:
        """Hand a complete batch to the winder, if it waits."""
        if self._taker is not None and (batch := self.get()) is not None:
            taker, self._taker = self._taker, None
            taker.succeed(batch)

    def drop(self, batch: Batch) -> None:
        """Throw away the batch's webs."""
        self.anode.drop(batch)
        self.cathode.drop(batch)

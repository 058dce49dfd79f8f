"""The lab's store on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import structlog

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification
from schema.ports import Page, Query, Table
from server.stores.cells import Chunk, Content, Deleted, Digest, Events
from server.stores.errors import StoreError
from server.stores.sqlite import events as log
from server.stores.sqlite.cells import blobs, chunks, deleting, digests, keeping, pages, tables
from server.stores.sqlite.cells.instances import INSTANCE
from server.stores.sqlite.cells.measurements import MEASUREMENT, count_tags
from server.stores.sqlite.cells.specifications import SPECIFICATION
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.database import Database

if TYPE_CHECKING:
    from server.clock import Clock

T = TypeVar("T")

logger = structlog.get_logger()


class SqliteCellStore:
    """See `server.stores.cells.CellStore`, which says what each method does and raises.

    Besides that, writes raise ValueError for fields that are not JSON, reads for what cannot be asked.
    """

    def __init__(self, database: Database, clock: Clock, *, deleted_at_once: int = deleting.DELETED_AT_ONCE) -> None:
        self._read = database.read
        self._deleted_at_once = deleted_at_once
        self._database = database
        self._clock = clock

    # --- reading -------------------------------------------------------------------------------------------

    async def specifications(self, query: Query) -> Page[CellSpecification]:
        """See the port."""
        return await self._read(lambda connection: pages.page(connection, SPECIFICATION, query, None))

    async def instances(self, query: Query, specification_ids: Sequence[str] | None = None) -> Page[CellInstance]:
        """See the port."""
        return await self._read(lambda connection: pages.page(connection, INSTANCE, query, specification_ids))

    async def measurements(self, query: Query, instance_ids: Sequence[str] | None = None) -> Page[CellMeasurement]:
        """See the port."""
        return await self._read(lambda connection: pages.page(connection, MEASUREMENT, query, instance_ids))

    async def instances_of(self, specification_ids: Sequence[str], query: Query) -> Mapping[str, Page[CellInstance]]:
        """See the port."""
        return await self._read(lambda connection: pages.pages_of(connection, INSTANCE, specification_ids, query))

    async def measurements_of(self, instance_ids: Sequence[str], query: Query) -> Mapping[str, Page[CellMeasurement]]:
        """See the port."""
        return await self._read(lambda connection: pages.pages_of(connection, MEASUREMENT, instance_ids, query))

    async def specifications_by_id(self, ids: Sequence[str]) -> Mapping[str, CellSpecification]:
        """See the port."""
        return await self._read(lambda connection: keeping.by_id(connection, SPECIFICATION, ids))

    async def instances_by_id(self, ids: Sequence[str]) -> Mapping[str, CellInstance]:
        """See the port."""
        return await self._read(lambda connection: keeping.by_id(connection, INSTANCE, ids))

    async def measurements_by_id(self, ids: Sequence[str]) -> Mapping[str, CellMeasurement]:
        """See the port."""
        return await self._read(lambda connection: keeping.by_id(connection, MEASUREMENT, ids))

    async def tags(self) -> Mapping[str, int]:
        """See the port."""
        return await self._read(count_tags)

    async def steps(self, measurement_ids: Sequence[str]) -> Mapping[str, Table]:
        """See the port."""
        return await self._read(lambda connection: tables.tables(connection, tables.Part.STEPS, measurement_ids))

    async def cycles(self, measurement_ids: Sequence[str]) -> Mapping[str, Table]:
        """See the port."""
        return await self._read(lambda connection: tables.tables(connection, tables.Part.CYCLES, measurement_ids))

    async def contents(self, measurement_ids: Sequence[str]) -> Mapping[str, Content]:
        """See the port."""
        return await self._read(lambda connection: blobs.contents(connection, measurement_ids))

    async def files(self, measurement_id: str) -> Mapping[str, str]:
        """See the port."""
        return await self._read(lambda connection: blobs.files(connection, measurement_id))

    async def keys(self) -> frozenset[str]:
        """See the port."""
        return await self._read(blobs.all_keys)

    async def chunks(self, measurement_id: str, first_row: int, at_most: int) -> list[Chunk]:
        """See the port."""
        return await self._read(lambda connection: chunks.chunks(connection, measurement_id, first_row, at_most))

    # --- adding --------------------------------------------------------------------------------------------

    async def add_specification(self, specification: CellSpecification, events: Events = ()) -> None:
        """See the port."""
        await self._write(lambda connection: keeping.add(connection, SPECIFICATION, specification), events)

    async def add_instance(self, instance: CellInstance, events: Events = ()) -> None:
        """See the port."""
        await self._write(lambda connection: keeping.add(connection, INSTANCE, instance), events)

    async def add_measurement(
        self,
        measurement: CellMeasurement,
        events: Events = (),
        *,
        digest: Digest | None = None,
        files: Mapping[str, str] | None = None,
    ) -> None:
        """See the port."""
        await self._write(
            lambda connection: digests.add_measurement(connection, measurement, digest, files or {}), events
        )

    # --- changing ------------------------------------------------------------------------------------------

    async def change_specification(
        self, row_id: str, change: Callable[[CellSpecification], CellSpecification], events: Events = ()
    ) -> CellSpecification:
        """See the port; `change` runs in the writer's thread."""
        return await self._write(lambda connection: keeping.change(connection, SPECIFICATION, row_id, change), events)

    async def change_instance(
        self, row_id: str, change: Callable[[CellInstance], CellInstance], events: Events = ()
    ) -> CellInstance:
        """See the port; `change` runs in the writer's thread."""
        return await self._write(lambda connection: keeping.change(connection, INSTANCE, row_id, change), events)

    async def change_measurement(
        self,
        row_id: str,
        change: Callable[[CellMeasurement], CellMeasurement],
        events: Events = (),
        *,
        digest: Digest | None = None,
    ) -> CellMeasurement:
        """See the port; `change` runs in the writer's thread."""
        return await self._write(
            lambda connection: digests.change_measurement(connection, row_id, change, digest), events
        )

    async def append_chunk(self, measurement_id: str, chunk: Chunk) -> CellMeasurement:
        """See the port."""
        return await self._write(lambda connection: chunks.append(connection, measurement_id, chunk))

    async def merge_chunks(self, measurement_id: str, merged: Chunk) -> None:
        """See the port; nothing happens when the chunks are gone, ValueError when they have another number of rows."""
        await self._write(lambda connection: chunks.merge(connection, measurement_id, merged))

    # --- deleting ------------------------------------------------------------------------------------------

    async def delete_specification(self, row_id: str, events: Events = (), *, cascade: bool) -> Deleted:
        """See the port."""

        def check(connection: Connection) -> None:
            keeping.kept(connection, SPECIFICATION, row_id)
            if not cascade:
                deleting.refuse_in_use(connection, row_id)

        return await self._delete((SPECIFICATION, row_id), check, events)

    async def delete_instance(self, row_id: str, events: Events = ()) -> Deleted:
        """See the port."""
        return await self._delete(
            (INSTANCE, row_id), lambda connection: keeping.kept(connection, INSTANCE, row_id), events
        )

    async def delete_measurement(self, row_id: str, events: Events = ()) -> Deleted:
        """See the port."""
        return await self._write(lambda connection: deleting.delete_measurement(connection, row_id), events)

    async def clear_deleted(self) -> None:
        """See the port."""
        while root := await self._read(deleting.doomed):
            await self._cleared(root)

    async def _delete(self, root: deleting.Root, check: Callable[[Connection], object], events: Events) -> Deleted:
        """From the first slice on it is deleted, whatever becomes of the others: `clear_deleted` goes on with them."""

        def begin(connection: Connection) -> tuple[Deleted, bool]:
            check(connection)
            return deleting.begin(connection, root, self._deleted_at_once)

        gone, is_all = await self._write(begin, events)
        try:
            return gone if is_all else gone + await self._cleared(root)
        except StoreError as error:
            logger.warning("deleted_rows_left", id=root[1], reason=str(error))
            return gone

    async def _cleared(self, root: deleting.Root) -> Deleted:
        """What was left of it, a slice after the other."""
        gone, is_all = Deleted(), False
        while not is_all:
            more, is_all = await self._write(lambda connection: deleting.go_on(connection, root, self._deleted_at_once))
            gone += more
        return gone

    async def _write(self, command: Callable[[Connection], T], events: Events = ()) -> T:
        """The command and the events that tell of it, in one transaction."""
        at = self._clock.now()

        def tell(connection: Connection) -> T:
            answer = command(connection)
            log.append(connection, events, at)
            return answer

        return await self._database.write(tell)

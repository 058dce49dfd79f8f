"""The rows of the lab: see `schema.ports.Cells`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification, MeasurementType
from schema.cells.refusals import CellSpecificationInUse
from schema.ports import Page, Query
from server.cells.documents import documents, told
from server.cells.documents.documents import Fields
from server.cells.documents.refusing import Refused, answered
from server.cells.limits import Limits
from server.clock import Clock
from server.stores.blobs import Blobs
from server.stores.cells import CellStore, InUseError, RowMissingError


class Catalogue:
    """Implements `schema.ports.Cells`; blobs go once the rows that named them are gone."""

    def __init__(self, store: CellStore, blobs: Blobs, clock: Clock, limits: Limits, new_id: Callable[[], str]) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._limits = limits
        self._new_id = new_id

    async def specifications(self, query: Query) -> Page[CellSpecification]:
        """See the port."""
        return await self._store.specifications(self._bounded(query))

    async def instances(self, query: Query, specification_ids: Sequence[str] | None = None) -> Page[CellInstance]:
        """See the port."""
        return await self._store.instances(self._bounded(query), specification_ids)

    async def measurements(self, query: Query, instance_ids: Sequence[str] | None = None) -> Page[CellMeasurement]:
        """See the port."""
        return await self._store.measurements(self._bounded(query), instance_ids)

    async def instances_of(self, specification_ids: Sequence[str], query: Query) -> Mapping[str, Page[CellInstance]]:
        """See the port."""
        return await self._store.instances_of(specification_ids, self._bounded(query))

    async def measurements_of(self, instance_ids: Sequence[str], query: Query) -> Mapping[str, Page[CellMeasurement]]:
        """See the port."""
        return await self._store.measurements_of(instance_ids, self._bounded(query))

    async def specifications_by_id(self, ids: Sequence[str]) -> Mapping[str, CellSpecification]:
        """See the port."""
        return await self._store.specifications_by_id(ids)

    async def instances_by_id(self, ids: Sequence[str]) -> Mapping[str, CellInstance]:
        """See the port."""
        return await self._store.instances_by_id(ids)

    async def measurements_by_id(self, ids: Sequence[str]) -> Mapping[str, CellMeasurement]:
        """See the port."""
        return await self._store.measurements_by_id(ids)

    async def tags(self) -> Mapping[str, int]:
        """See the port."""
        return await self._store.tags()

    @answered
    async def create_specification(self, fields: Fields) -> CellSpecification:
        """See the port."""
        specification = documents.new_specification(self._new_id(), fields, self._clock.now())
        await self._store.add_specification(specification, told.created(specification))
        return specification

    @answered
    async def update_specification(self, id: str, changes: Fields) -> CellSpecification:  # noqa: A002
        """See the port."""
        change = partial(documents.changed_specification, changes=changes, now=self._clock.now())
        events = told.updated(CellSpecification, id, documents.named(changes))
        return await self._store.change_specification(id, change, events)

    @answered
    async def delete_specification(
        self,
        id: str,  # noqa: A002
        *,
        cascade: bool = False,
    ) -> CellSpecification:
        """See the port."""
        specification = (await self._store.specifications_by_id([id])).get(id)
        if specification is None:
            raise RowMissingError("CellSpecification", id)
        try:
            gone = await self._store.delete_specification(id, told.deleted(specification), cascade=cascade)
        except InUseError as error:
            raise Refused(_in_use(id, error.instance_count)) from error
        await self._blobs.delete(gone.keys)
        return specification

    @answered
    async def create_instance(self, specification_id: str, fields: Fields) -> CellInstance:
        """See the port."""
        instance = documents.new_instance(self._new_id(), specification_id, fields, self._clock.now())
        await self._store.add_instance(instance, told.created(instance))
        return instance

    @answered
    async def update_instance(self, id: str, changes: Fields) -> CellInstance:  # noqa: A002
        """See the port."""
        change = partial(documents.changed_instance, changes=changes, now=self._clock.now())
        return await self._store.change_instance(id, change, told.updated(CellInstance, id, documents.named(changes)))

    @answered
    async def delete_instance(self, id: str) -> CellInstance:  # noqa: A002
        """See the port."""
        instance = (await self._store.instances_by_id([id])).get(id)
        if instance is None:
            raise RowMissingError("CellInstance", id)
        gone = await self._store.delete_instance(id, told.deleted(instance))
        await self._blobs.delete(gone.keys)
        return instance

    @answered
    async def create_properties(self, instance_id: str, fields: Fields) -> CellMeasurement:
        """See the port."""
        measurement = documents.new_measurement(
            self._new_id(), instance_id, MeasurementType.PROPERTIES, fields, self._clock.now()
        )
        await self._store.add_measurement(measurement, told.created(measurement))
        return measurement

    @answered
    async def update_measurement(self, id: str, changes: Fields) -> CellMeasurement:  # noqa: A002
        """See the port."""
        change = partial(documents.changed_measurement, changes=changes, now=self._clock.now())
        events = told.updated(CellMeasurement, id, documents.named(changes))
        return await self._store.change_measurement(id, change, events)

    @answered
    async def delete_measurement(self, id: str) -> CellMeasurement:  # noqa: A002
        """See the port."""
        measurement = (await self._store.measurements_by_id([id])).get(id)
        if measurement is None:
            raise RowMissingError("CellMeasurement", id)
        gone = await self._store.delete_measurement(id, told.deleted(measurement))
        await self._blobs.delete(gone.keys)
        return measurement

    def _bounded(self, query: Query) -> Query:
        most = self._limits.max_listed
        return replace(query, limit=most if query.limit is None else min(query.limit, most))


def _in_use(specification_id: str, instance_count: int) -> CellSpecificationInUse:
    return CellSpecificationInUse(
        message=f"The specification has {instance_count:,} instances; delete them first, or cascade.",
        specification_id=specification_id,
        instance_count=instance_count,
    )

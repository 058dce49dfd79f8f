"""What circuits counted for batches is told to whoever sees every panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schema.ports import BatchView, MeteredEnergy, Metering

UNSEEN = "what the panels' meters counted is told to tokens without a list of panels"


class NoMetering:
    """See `schema.ports.Metering`. A batch passes sixteen circuits, and which panels they were on is not kept."""

    def __init__(self, metering: Metering) -> None:
        self._metering = metering

    async def of_batches(self, batch_ids: Sequence[str]) -> Mapping[str, MeteredEnergy]:
        """See the port."""
        return {each: MeteredEnergy(kwh=None, reason=UNSEEN, by_machine={}) for each in batch_ids}

    def shared_kwh(self, batch: BatchView) -> float | None:
        """See the port; the model says it, no meter."""
        return self._metering.shared_kwh(batch)

"""The joins' ports, faked in a few lines each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schema import ports


class FakeProduction:
    """Cells by batch, in lists."""

    def __init__(self) -> None:
        self.made: dict[str, list[ports.MadeCell]] = {}
        self.calls: list[tuple[str, ...]] = []

    async def cells_of(
        self, batch_ids: Sequence[str], limit: int, after: int = 0, *, scrapped: bool | None = None
    ) -> Mapping[str, ports.MadePage]:
        self.calls.append(tuple(batch_ids))
        return {each: self._page(self.made[each], limit, after, scrapped) for each in batch_ids if each in self.made}

    def _page(self, made: list[ports.MadeCell], limit: int, after: int, scrapped: bool | None) -> ports.MadePage:
        wanted = [cell for cell in made if scrapped is None or scrapped == (cell.scrap_cause is not None)]
        rest = [cell for cell in wanted if cell.number > after]
        return ports.MadePage(tuple(rest[:limit]), len(wanted), len(rest) > limit)

    async def made_by(self, instance_ids: Sequence[str]) -> Mapping[str, ports.MadeCell]:
        self.calls.append(tuple(instance_ids))
        return {
            cell.instance_id: cell for made in self.made.values() for cell in made if cell.instance_id in instance_ids
        }

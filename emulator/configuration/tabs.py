"""Who sits on which tab: every tab once, two-pole loads on n and n + 2, shares as the file's synchronizations say."""

from __future__ import annotations

from typing import Final

from emulator.configuration.document import Place, Value
from emulator.configuration.layout import Demand, Load, Placement
from emulator.configuration.section import Section, entries, integer
from emulator.configuration.template import Template, merged, read_template

_SPLITS: Final = ("equal", "primary_secondary", "custom_ratio")
_EVEN: Final = {1: (100,), 2: (50, 50)}
_UNNAMED_W: Final = 40.0
"""What an unmapped tab without a template draws; the files' own library draws 10 to 200 W at random."""


class Tabs:
    """The panel's breaker spaces while its file is read."""

    def __init__(self, total: int, synchronizations: list[Value]) -> None:
        self.total = total
        self._taken: dict[int, str] = {}
        self._groups: dict[tuple[int, ...], tuple[Section, tuple[int, ...]]] = {}
        for value in synchronizations:
            self._synchronize(Section(value))

    def place(self, section: Section, load: Load, name: str) -> Placement:
        """The circuit's tabs, now taken."""
        tabs = self._read(section)
        self._take(tabs, name, section.need("tabs").place)
        return self._placed(tabs, load)

    def unmapped(self, top: Section, noise: float) -> tuple[Placement, ...]:
        """The loads on tabs that no circuit sits on: those with a template, then those only listed."""
        named = top.section("unmapped_tab_templates")
        templates = {
            self._tab(key, value): (value, read_template(merged(value, None), noise))
            for key, value in (named.items() if named else ())
        }
        listed = [(integer(value, 1, self.total), value.place) for value in top.list("unmapped_tabs")]
        placed: list[Placement] = []
        for tab, (value, template) in sorted(templates.items()):
            if self._taken.get(tab) != _partner(tab):
                placed.append(self._unmapped(tab, value.place, template))
        for tab, place in listed:
            if tab not in self._taken:
                self._take((tab,), "an unmapped load", place)
                placed.append(self._placed((tab,), Demand(_UNNAMED_W, 0.0, 200.0, 0.5, noise)))
            elif tab not in templates and not self._taken[tab].startswith("an unmapped"):
                place.refuse(f"tab {tab} is not unmapped: {self._taken[tab]!r} sits there")
        return tuple(placed)

    def _unmapped(self, tab: int, place: Place, template: Template) -> Placement:
        """One tab, or the pair that a synchronization makes of it and its neighbour."""
        tabs = next((group for group in self._groups if tab in group), (tab,))
        self._take(tabs, _partner(tab), place)
        for other in tabs:
            self._taken[other] = _partner(other)
        return self._placed(tabs, template.load)

    def _placed(self, tabs: tuple[int, ...], load: Load) -> Placement:
        group, shares = self._groups.get(tabs, (None, _EVEN[len(tabs)]))
        if group is not None and "ratio" in group and not isinstance(load, Demand):
            group.refuse("ratio", "only loads can be split unevenly, not sources or batteries")
        return Placement(tabs, shares, load)

    def _synchronize(self, group: Section) -> None:
        tabs = self._read(group)
        if len(tabs) == 1 or any(set(tabs) & set(other) for other in self._groups):
            group.refuse("tabs", "a group is two tabs, n and n + 2, that are in no other group")
        split = group.choice("power_split", _SPLITS, "equal")
        ratio = group.number("ratio", 0.5, high=1) if "ratio" in group else 0.5
        first = {"equal": 50, "primary_secondary": 100, "custom_ratio": round(100 * ratio)}[split]
        group.flag("energy_sync", default=True)
        group.ignore("behavior", "template")  # words for people: the load comes from the circuit or the tab's template
        group.done()
        self._groups[tabs] = (group, (first, 100 - first))

    def _read(self, section: Section) -> tuple[int, ...]:
        value = section.need("tabs")
        tabs = tuple(sorted(integer(item, 1, self.total) for item in entries(value)))
        if len(tabs) not in _EVEN or len(set(tabs)) != len(tabs):
            value.place.refuse("a circuit sits on one tab, or on two: n and n + 2")
        if len(tabs) == 2 and tabs[1] != tabs[0] + 2:  # noqa: PLR2004  # two poles
            value.place.refuse(f"tabs {list(tabs)} are not on two legs; a 240 V circuit sits on n and n + 2")
        return tabs

    def _take(self, tabs: tuple[int, ...], name: str, place: Place) -> None:
        for tab in tabs:
            if tab in self._taken:
                place.refuse(f"tab {tab} is taken by {self._taken[tab]!r}; each tab carries one circuit")
            self._taken[tab] = name

    def _tab(self, key: str, value: Value) -> int:
        if not key.isdecimal() or not 1 <= int(key[:9]) <= self.total:
            value.place.refuse(f"{key[:40]!r} is not a tab of this panel; 1 to {self.total}")
        return int(key)


def _partner(tab: int) -> str:
    return f"an unmapped load ({tab})"

"""What a list should hold, in plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import eq, gt, lt
from typing import Any

from hypothesis import strategies as st

from schema.ports import Comparison, Condition, Query

Row = Any
COMPARE = {Comparison.EQUALS: eq, Comparison.ABOVE: gt, Comparison.BELOW: lt}


@dataclass(frozen=True)
class Model:
    """Rows in memory. `borrowed` has the values of fields that are not the row's own, by row id."""

    rows: Sequence[Row]
    borrowed: Mapping[str, Mapping[str, Any]]

    def found(self, query: Query) -> list[Row]:
        """All rows that meet the conditions, in order."""
        kept = [row for row in self.rows if self._meets(row, query)]
        there = [row for row in kept if getattr(row, query.order_by) is not None]
        absent = [row for row in kept if getattr(row, query.order_by) is None]
        there.sort(key=lambda row: (getattr(row, query.order_by), row.id), reverse=query.is_descending)
        absent.sort(key=lambda row: row.id, reverse=query.is_descending)
        return there + absent

    def _meets(self, row: Row, query: Query) -> bool:
        tags = set(getattr(row, "tags", ()))
        return (
            all(self._holds(row, condition) for condition in query.conditions)
            and tags.issuperset(query.tags_all)
            and (not query.tags_any or not tags.isdisjoint(query.tags_any))
        )

    def _holds(self, row: Row, condition: Condition) -> bool:
        value = {**self.borrowed.get(row.id, {}), **row.fields}.get(condition.field)
        if condition.field in row.__dataclass_fields__:
            value = getattr(row, condition.field)
        if value is None:
            return False
        if condition.comparison is Comparison.CONTAINS:
            return condition.value.casefold() in value.casefold()
        return bool(COMPARE[condition.comparison](value, condition.value))


def conditions(texts: Mapping[str, Sequence[str]], times: Mapping[str, Sequence[datetime]]) -> st.SearchStrategy[Any]:
    """Conditions on these fields, with values that rows have or nearly have."""
    words = [
        st.builds(Condition, st.just(field), st.sampled_from(Comparison), st.sampled_from(values))
        for field, values in texts.items()
    ]
    moments = [
        st.builds(Condition, st.just(field), st.sampled_from(list(COMPARE)), st.sampled_from(values))
        for field, values in times.items()
    ]
    return st.lists(st.one_of(*words, *moments), max_size=2).map(tuple)


def queries(condition: st.SearchStrategy[Any], orders: Sequence[str], tags: Sequence[str]) -> st.SearchStrategy[Query]:
    """Queries of one page; `after` is left for the test to fill in."""
    some_tags = st.lists(st.sampled_from(tags), max_size=2).map(tuple) if tags else st.just(())
    return st.builds(
        Query,
        conditions=condition,
        tags_all=some_tags,
        tags_any=some_tags,
        order_by=st.sampled_from(orders),
        is_descending=st.booleans(),
        limit=st.none() | st.integers(0, 6),
        offset=st.sampled_from((0, 0, 0, 1, 5)),
        with_total=st.booleans(),
    )

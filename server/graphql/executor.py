"""Graphql-core's executor, with a short way for fields that only show an attribute, as most fields do.

Whatever is not plain to see goes the long way, from the beginning of its object, so that the answers, their errors
included, are graphql-core's own. That may be done because looking at attributes changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, NamedTuple

from graphql import GraphQLObjectType
from graphql.execution.collect_fields import DeferUsage, GroupedFieldSet
from graphql.execution.executor import Executor
from graphql.pyutils import AwaitableOrValue, Path

from server.graphql.leaves import Leaves, Write

Selected = Mapping[str, Any]


class Plan(NamedTuple):
    """One selection of one type: the fields that go the short way, and the rest."""

    selected: GroupedFieldSet
    leaves: list[tuple[str, str, dict[type, Write | None], Write]]
    rest: GroupedFieldSet


class LeafExecutor(Executor[None]):
    """Of one operation, as its base is."""

    def __init__(self, *arguments: Any, leaves: Leaves, **options: Any) -> None:  # noqa: ANN401 (the base's own)
        super().__init__(*arguments, **options)
        self._leaves = leaves
        self._plans: dict[int, Plan] = {}
        self._roots: list[GroupedFieldSet] = []

    def execute_collected_root_fields(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,  # noqa: ANN401 (any object of ours)
        grouped_field_set: GroupedFieldSet,
        serially: bool,  # noqa: FBT001 (the base's own)
        new_defer_usages: Sequence[DeferUsage],
    ) -> AwaitableOrValue[dict[str, Any]]:
        """The answers of the root's fields. All events of a subscription share the first one's set of them.

        What is worked out from it is kept by its identity, here and by graphql-core, as long as the feed goes on: with
        a new set for each event it would grow without end.
        """
        if not self._roots:
            self._roots.append(grouped_field_set)
        return super().execute_collected_root_fields(root_type, root_value, self._roots[0], serially, new_defer_usages)

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,  # noqa: ANN401 (any object of ours)
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: None,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """The answers of one object's fields, in the order they were asked for."""
        _, leaves, rest = self._plan(parent_type, grouped_field_set)
        if not leaves:
            return super().execute_fields(parent_type, source_value, path, rest, position_context)
        written = {}
        try:
            for name, attribute, by_type, any_other in leaves:
                value = getattr(source_value, attribute)
                write = by_type.get(type(value), any_other)
                written[name] = value if write is None else write(value)
        except Exception:  # noqa: BLE001 (the long way meets it again, and tells it as graphql-core does)
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        if not rest:
            return written
        others = super().execute_fields(parent_type, source_value, path, rest, position_context)
        if isinstance(others, dict):
            return _in_order(grouped_field_set, written, others)
        return _awaited(grouped_field_set, written, others)

    def _plan(self, parent_type: GraphQLObjectType, selected: GroupedFieldSet) -> Plan:
        """The executor makes one set for all objects of a list, so it is looked through once."""
        known = self._plans.get(id(selected))
        if known is not None:
            return known
        leaves, rest = [], {}
        for response_name, details in selected.items():
            leaf = self._leaves.of(parent_type, details[0].node.name.value)
            if leaf is None:
                rest[response_name] = details
            else:
                leaves.append((response_name, leaf.attribute, *leaf.writing))
        # The plan holds the set, so that no other can have its id as long as the executor lives.
        plan = self._plans[id(selected)] = Plan(selected, leaves, rest)
        return plan


async def _awaited(selected: Selected, written: Selected, others: Awaitable[Selected]) -> dict[str, Any]:
    return _in_order(selected, written, await others)


def _in_order(selected: Selected, written: Selected, others: Selected) -> dict[str, Any]:
    found = {**written, **others}
    return {name: found[name] for name in selected if name in found}

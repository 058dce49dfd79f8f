"""The rules of validation, of which one compares every two fields that have one name at one place.

Whoever repeats a field a thousand times asks for half a million comparisons with a thousand words. graphql-core gives
up after so many that it takes half a second; this gives up where it is told to.
"""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError, GraphQLSchema, specified_rules, validate
from graphql.language import DocumentNode
from graphql.validation import OverlappingFieldsCanBeMergedRule, ValidationContext


class Comparisons:
    """The validation of one document, with a budget for comparing; graphql-core's own budget without one."""

    def __init__(self, budget: int | None) -> None:
        self._budget = budget
        self._rule: OverlappingFieldsCanBeMergedRule | None = None

    def validated(self, schema: GraphQLSchema, document: DocumentNode, **options: Any) -> list[GraphQLError]:  # noqa: ANN401 (those of `validate`)
        """The errors that were found."""
        rules: Any = [self._made if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules]
        return validate(schema, document, rules, **options)

    @property
    def is_spent(self) -> bool:
        """Whether it gave up because of the budget."""
        return self._rule is not None and self._rule.rule_context.remaining_complexity_budget < 0

    def _made(self, context: ValidationContext) -> OverlappingFieldsCanBeMergedRule:
        self._rule = OverlappingFieldsCanBeMergedRule(context)
        if self._budget is not None:
            self._rule.rule_context.remaining_complexity_budget = self._budget
        return self._rule

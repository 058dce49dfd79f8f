"""What the parts of an operation weigh, and how long lists are that have no page size. docs/limits.md tells it.

1 is about a tenth of a millisecond of the server's time.
"""

from __future__ import annotations

from functools import cached_property

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_list_type,
)
from graphql.type import is_non_null_type

OBJECT = 1.0
LEAF = 0.01
MUTATION = 10.0
INTROSPECTION = 0.1
"""An object of `__schema` and `__type`; there are thousands, all of them in memory."""
NUMBER = 0.001
"""One number of a series."""
TABLE = 5.0
COUNT = 1.0

VALUE = 0.03
"""One entry of a list, or member of an object, among the variables."""

LOOKED_UP = 1.0
METERED = 5.0
HISTORY = 2.0
SIGNED = 0.4
EXTRA = {
    "Batch.meteredEnergyKwh": METERED,
    "Batch.meteredEnergyMissing": METERED,
    "BatchStep.meteredEnergyKwh": LOOKED_UP,
    "CellInstance.scrapCause": LOOKED_UP,
    "CellMeasurement.steps": LOOKED_UP,
    "CellMeasurement.cycles": LOOKED_UP,
    "CellMeasurement.stepTable": TABLE,
    "CellMeasurement.cycleTable": TABLE,
    "CellMeasurement.parquetUrl": SIGNED,
    "CellMeasurement.stepsUrl": SIGNED,
    "Circuit.history": HISTORY,
    "Panel.history": HISTORY,
}
"""What is read for each parent, however little of it is asked for or found; all of them measured."""
PAGES = ("first", "last")
POINTS = "maxPoints"
COLUMNS = ("columns", "names")
ASSUMED_COLUMNS = 10
ASSUMED_ROWS = 10
ROWS = {
    "Batch.parameters": 4,
    "Batch.steps": 16,
    "CellMeasurement.files": 5,
    "CircuitPowerSample.circuits": 40,
    "InvalidParameters.fields": 5,
    "Panel.branches": 40,
    "Panel.circuits": 40,
    "Plant.lines": 3,
    "PlantKpis.batches": 6,
    "PlantKpis.scrap": 10,
    "PlantKpis.stages": 16,
    "PlantLine.machines": 6,
    "PreparedUpload.uploads": 3,
    "SearchHit.matches": 3,
    "SearchMatch.spans": 3,
    "Machine.scrap": 3,
    "PlantStageKpis.scrap": 3,
    "StepResult.readings": 8,
    "StepResult.scrap": 3,
}
"""Of lists that nobody can ask a part of, as the demo has them."""


class Weights:
    """Those of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._flat: dict[str, bool] = {}

    def of(self, parent: GraphQLNamedType, field: GraphQLField, name: str) -> float:
        """What one value of the field weighs, without what is asked of it."""
        kind = get_named_type(field.type)
        if parent is self.schema.mutation_type:
            return MUTATION
        if is_leaf_type(kind):
            return COUNT if name == "totalCount" else LEAF
        if kind.name.startswith("__"):
            return INTROSPECTION
        return 0.0 if self._is_flat(kind) else OBJECT

    def besides(self, parent: GraphQLNamedType, name: str) -> float:
        """What the field weighs once for each parent, besides its values."""
        return EXTRA.get(f"{parent.name}.{name}", 0.0)

    def rows(self, parent: GraphQLNamedType, name: str) -> float:
        """How many rows a list has that takes no page size."""
        here = f"{parent.name}.{name}"
        return self._introspected.get(here, ROWS.get(here, ASSUMED_ROWS))

    def _is_flat(self, kind: GraphQLNamedType) -> bool:
        """Whether it has nothing but leaves, and so comes with its parent."""
        if kind.name not in self._flat:
            fields = kind.fields.values() if isinstance(kind, GraphQLObjectType) else ()
            self._flat[kind.name] = bool(fields) and all(is_leaf_type(get_named_type(each.type)) for each in fields)
        return self._flat[kind.name]

    @cached_property
    def _introspected(self) -> dict[str, float]:
        """How long the lists of the schema about itself are: all types, and of one type what the average has."""
        types = list(self.schema.type_map.values())
        composite = [each for each in types if isinstance(each, GraphQLObjectType | GraphQLInterfaceType)]
        abstract = [each for each in types if isinstance(each, GraphQLUnionType | GraphQLInterfaceType)]
        fields = [field for each in composite for field in each.fields.values()]
        long = {
            "fields": len(fields),
            "inputFields": sum(len(each.fields) for each in types if isinstance(each, GraphQLInputObjectType)),
            "enumValues": sum(len(each.values) for each in types if isinstance(each, GraphQLEnumType)),
            "interfaces": sum(len(each.interfaces) for each in composite),
            "possibleTypes": sum(len(self.schema.get_possible_types(each)) for each in abstract),
        }
        return {
            "__Schema.types": len(types),
            "__Schema.directives": len(self.schema.directives),
            "__Field.args": sum(len(field.args) for field in fields) / len(fields),
            "__Directive.args": 1.0,
            **{f"__Type.{name}": count / len(types) for name, count in long.items()},
        }


def is_list(field: GraphQLField) -> bool:
    """Whether it has a list of values."""
    return is_list_type(field.type.of_type if is_non_null_type(field.type) else field.type)

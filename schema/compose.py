"""The whole schema: the domains' parts, put together. What a document may ask for is the edge's to say."""

from __future__ import annotations

import strawberry
from graphql import GraphQLError, lexicographic_sort_schema, print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from schema.batch import OperationContext
from schema.cells.columns import COLUMNS
from schema.cells.mutations.instances import InstanceMutations
from schema.cells.mutations.measurements import MeasurementMutations
from schema.cells.mutations.recordings import RecordingMutations
from schema.cells.mutations.specifications import SpecificationMutations
from schema.cells.mutations.uploads import UploadMutations
from schema.cells.queries import CellQueries
from schema.cells.subscriptions import CellSubscriptions
from schema.context import Context
from schema.errors import told
from schema.events import EventQueries, EventSubscriptions
from schema.joins.mutations import JoinMutations
from schema.nodes import NodeQueries
from schema.panel.mutations import PanelMutations
from schema.panel.queries import PanelQueries
from schema.panel.subscriptions import PanelSubscriptions
from schema.plant.mutations import PlantMutations
from schema.plant.queries import PlantQueries
from schema.plant.subscriptions import PlantSubscriptions
from schema.rules import tell
from schema.scalars import SCALARS
from schema.search import SearchQueries
from schema.server_info import ServerQueries, ServerSubscriptions


@strawberry.type(description="Reading. Panels are answered from busbar's last poll, with its age beside it.")
class Query(PanelQueries, CellQueries, PlantQueries, EventQueries, NodeQueries, SearchQueries, ServerQueries):
    """The sum of the domains' queries."""


@strawberry.type(description="Changing. Each answer is a union: the changed thing, or a refusal that says why not.")
class Mutation(
    PanelMutations,
    SpecificationMutations,
    InstanceMutations,
    MeasurementMutations,
    UploadMutations,
    RecordingMutations,
    PlantMutations,
    JoinMutations,
):
    """The sum of the domains' mutations."""


@strawberry.type(description="Watching, over graphql-transport-ws.")
class Subscription(PanelSubscriptions, CellSubscriptions, PlantSubscriptions, EventSubscriptions, ServerSubscriptions):
    """The sum of the domains' subscriptions."""


class Schema(strawberry.Schema):
    """A schema that masks what nobody expected."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Replace each error by the one that the client may see, before the answer is made of them."""
        context = execution_context.context if execution_context else None
        new_id = context.new_id if isinstance(context, Context) else lambda: "no-context"
        errors[:] = [told(error, new_id) for error in errors]


def compose() -> Schema:
    """A new schema."""
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map={**SCALARS, **COLUMNS}),
        extensions=[OperationContext],
    )
    tell(schema._schema)  # noqa: SLF001 (the graphql-core schema)
    return schema


def sdl(schema: strawberry.Schema) -> str:
    """The schema in its own language, sorted, so that a change of it is a small difference of the text."""
    return print_schema(lexicographic_sort_schema(schema._schema)) + "\n"  # noqa: SLF001 (the graphql-core schema)

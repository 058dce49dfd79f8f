"""The whole schema: the domains' parts, put together, with the limits that every document has to keep."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import strawberry
from graphql import GraphQLError, lexicographic_sort_schema, print_schema
from strawberry.extensions import AddValidationRules, MaxTokensLimiter, ParserCache, ValidationCache
from strawberry.extensions.max_aliases import create_validator as alias_rule
from strawberry.extensions.query_depth_limiter import create_validator as depth_rule
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from schema.batch import OperationContext
from schema.bounds import CACHED_DOCUMENTS, MAX_ALIASES, MAX_DEPTH, MAX_TOKENS
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

# Made once: the cache of validated documents is keyed by its rules, so rules made anew per request would never hit it.
RULES = (depth_rule(MAX_DEPTH, None), alias_rule(MAX_ALIASES))


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


class KnownDocuments(ParserCache):
    """A parser cache that leaves the report of a broken document to the schema, which sends it to sockets too."""

    def on_parse(self) -> Iterator[None]:
        """Parse, or take what was parsed before."""
        context = self.execution_context
        with suppress(GraphQLError):
            context.graphql_document = self.cached_parse_document(context.query, **context.parse_options)
        yield


def compose() -> Schema:
    """A new schema."""
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map={**SCALARS, **COLUMNS}),
        extensions=[
            OperationContext,
            lambda: MaxTokensLimiter(MAX_TOKENS),
            lambda: AddValidationRules([*RULES]),
            lambda: KnownDocuments(CACHED_DOCUMENTS),
            lambda: ValidationCache(CACHED_DOCUMENTS),
        ],
    )
    tell(schema._schema)  # noqa: SLF001 (the graphql-core schema)
    return schema


def sdl(schema: strawberry.Schema) -> str:
    """The schema in its own language, sorted, so that a change of it is a small difference of the text."""
    return print_schema(lexicographic_sort_schema(schema._schema)) + "\n"  # noqa: SLF001 (the graphql-core schema)

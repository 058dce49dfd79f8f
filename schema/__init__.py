"""The API: Strawberry types, resolvers, and what they ask of the world.

Importing this package is cheap; building the schema imports Strawberry.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schema.compose import Schema

SDL_PATH = Path(__file__).with_name("schema.graphql")


def build_schema() -> Schema:
    """The whole graph, ready to be served or executed in a test."""
    from schema.compose import compose  # noqa: PLC0415 (250 ms that a mere `import schema.ports` must not pay)

    return compose()

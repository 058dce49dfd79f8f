"""Strawberry's three decorators, with a description that cannot be forgotten and a type that checkers see through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry
from graphql import GraphQLField
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.delivery import Delivery

DELIVERY = "delivery"
Resolver = TypeVar("Resolver", bound=Callable[..., Any])


def field(description: str) -> Callable[[Resolver], Resolver]:
    """A field with a resolver of its own."""
    decorate: Callable[[Resolver], Resolver] = strawberry.field(description=description)
    return decorate


def mutation(description: str) -> Callable[[Resolver], Resolver]:
    """A field of Mutation."""
    decorate: Callable[[Resolver], Resolver] = strawberry.mutation(description=description)
    return decorate


def subscription(description: str, delivery: Delivery) -> Callable[[Resolver], Resolver]:
    """A field of Subscription; its resolver checks the arguments, then returns the feed."""
    decorate: Callable[[Resolver], Resolver] = strawberry.subscription(
        description=description, metadata={DELIVERY: delivery}
    )
    return decorate


def delivery_of(field: GraphQLField) -> Delivery:
    """How a field of Subscription is delivered."""
    delivery: Delivery = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].metadata[DELIVERY]
    return delivery

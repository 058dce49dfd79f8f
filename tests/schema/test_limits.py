"""How much one document may ask for, and that the tools everybody uses stay within it."""

from __future__ import annotations

from typing import Any

import graphql
from strawberry.extensions.validation_cache import _get_validate_cache

from schema.bounds import CACHED_DOCUMENTS


async def test_introspection_as_graphiql_asks_for_it_is_answered(ask):
    query = graphql.get_introspection_query(
        descriptions=True, specified_by_url=True, directive_is_repeatable=True, schema_description=True,
        input_value_deprecation=True,
    )  # fmt: skip

    answer = await ask(query)

    assert answer["errors"] == []
    assert graphql.build_client_schema(answer).get_type("Panel") is not None


async def test_r29_a_deep_document_is_refused(ask):
    answer = await ask("{ panels { nodes { " + "circuits { panel { " * 10 + "name" + " } }" * 10 + " } } }")

    assert "exceeds maximum operation depth of 12" in answer["errors"][0]["message"]


async def test_r29_many_aliases_are_refused(ask):
    answer = await ask("{" + " ".join(f"a{n}: serverInfo {{ name }}" for n in range(31)) + "}")

    assert answer["errors"][0]["message"] == "31 aliases found. Allowed: 30"


async def test_r29_a_long_document_is_refused_while_it_is_read(ask):
    answer = await ask("{" + "__typename " * 1000 + "}")

    assert "more than 1000 tokens" in answer["errors"][0]["message"].lower()


async def test_a_document_is_validated_once_and_kept(ask):
    validated: Any = _get_validate_cache(CACHED_DOCUMENTS)
    before = validated.cache_info()

    for _ in range(3):
        await ask("{ serverInfo { onceAndKept: version } }")

    after = validated.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 2)
    assert after.maxsize == CACHED_DOCUMENTS

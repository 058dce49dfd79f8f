"""One text for all spellings of a question, so that those who ask it may be answered from one execution."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import graphql
import pytest
from graphql.language import Lexer, Source, TokenKind
from graphql.language.block_string import print_block_string
from graphql.language.lexer import is_punctuator_token_kind
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.ports import EVERYBODY
from server.graphql.encoding import encode
from server.graphql.engine import Engine
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import Asked
from tests.schema.fakes import World
from tests.schema.nouns import SERIAL, view
from tests.server.graphql.documents.asking import documents, schema

PANEL = (
    "query ($serial: String!, $deep: Boolean = true) { panel(serial: $serial) { ...P } ... { __typename } }",
    "fragment P on Panel { name circuits { circuitId ...C powerW @skip(if: false) @include(if: $deep) } }",
    "fragment C on Circuit { id name relayState }",
)
FILTERED = (
    r'{ panel(serial: "nj-2316-00042") { circuits(filter: { name: "Kit\u0063h", isVirtual: null }) { ...N } } }',
    "fragment N on Node { id }",
)
QUOTED = (r'{ search(text: "\"q\" \\ tab\tline\nü  \u{1F600}", first: 3) { kind } }',)
WATCHED = (
    "subscription ($serial: String!, $deep: Boolean = true) { panelUpdates(serial: $serial) { ...P } }",
    "fragment P on Panel { name history(maxPoints: 1) serial @include(if: $deep) }",
)
ASKED = [PANEL, FILTERED, QUOTED, WATCHED]
VARIABLES = {"serial": SERIAL}
SPACE = st.text(alphabet=" \t\n\r,\ufeff", min_size=1, max_size=3) | st.sampled_from(["# {a\n", ' #"\r\n', "\n#,\n,"])
DESCRIPTIONS = st.sampled_from(["", '"what it is for" ', '"""why"""'])
OTHERS = ["query Other { __typename }", "mutation Another { pausePlant { __typename } }"]


def quoted(value: str, draw: st.DrawFn) -> str:
    """The same string, in one of the ways to write it."""
    block = print_block_string(value)
    if Lexer(Source(block)).advance().value == value and draw(st.booleans()):
        return block
    return '"' + "".join(f"\\u{{{ord(each):x}}}" if draw(st.booleans()) else plain(each) for each in value) + '"'


def plain(character: str) -> str:
    return {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}.get(character, character)


def respelt(text: str, draw: st.DrawFn) -> str:
    lexer, tokens = Lexer(Source(text)), []
    while lexer.advance().kind is not TokenKind.EOF:
        tokens.append(lexer.token)
    parts = [draw(SPACE)]
    for one, other in pairwise([*tokens, lexer.token]):
        is_string = one.kind in (TokenKind.STRING, TokenKind.BLOCK_STRING)
        parts.append(quoted(one.value or "", draw) if is_string else text[one.start : one.end])
        may_touch = is_punctuator_token_kind(one.kind) or is_punctuator_token_kind(other.kind)
        parts.append("" if may_touch and other.kind is not TokenKind.SPREAD and draw(st.booleans()) else draw(SPACE))
    return "".join(parts)


@st.composite
def spellings(draw: st.DrawFn, asked: tuple[str, ...]) -> Asked:
    """The document, written otherwise; the operation may have a name, a description, and others beside it."""
    operation, *fragments = asked
    others = draw(st.lists(st.sampled_from(OTHERS), unique=True))
    is_named = draw(st.booleans())
    if others or is_named:
        kind = "query" if operation.startswith("{") else ""
        head = f"{kind}{operation}".replace("query", "query Named", 1).replace("subscription", "subscription Named", 1)
        operation = draw(DESCRIPTIONS) + head
        others.append(operation)
    else:
        others = [operation]
    definitions = draw(st.permutations([*others, *fragments]))
    name = "Named" if operation != asked[0] else None
    return Asked(" ".join(respelt(each, draw) for each in definitions), operation_name=name)


async def answered(asked: Asked) -> bytes:
    engine, world = Engine(schema(), Limits(), Meters()), World(view())
    operation = engine.prepare(asked, EVERYBODY)
    variables = VARIABLES if "$serial" in operation.normal else {}
    if operation.kind is graphql.OperationType.QUERY:
        return encode(await engine.run(operation, variables, world.context()))
    feed = engine.feed(operation, variables, world.context())
    events = await engine.open(feed, world.context())
    try:
        return encode(await engine.tell(feed, await anext(events), world.context()))
    finally:
        await events.aclose()  # type: ignore[attr-defined]  # what a subscription answers is a generator


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ASKED).flatmap(lambda asked: st.tuples(st.just(asked), spellings(asked))))
def test_every_spelling_has_one_normal_text_and_one_answer_to_the_byte(drawn: tuple[tuple[str, ...], Asked]):
    asked, spelt = drawn
    plainly = Asked(" ".join(asked))
    known = documents()

    assert known.operation(spelt).normal == known.operation(plainly).normal
    assert asyncio.run(answered(spelt)) == asyncio.run(answered(plainly))


@pytest.mark.parametrize("asked", ASKED)
def test_the_normal_text_asks_the_same(asked: tuple[str, ...]):
    known = documents()
    normal = known.operation(Asked(" ".join(asked))).normal
    assert known.operation(Asked(normal)).normal == normal
    assert asyncio.run(answered(Asked(normal))) == asyncio.run(answered(Asked(" ".join(asked))))


def test_the_answers_hold_what_could_differ():
    """An error in the event of a feed, which would have a place in the text if it were told."""
    assert b'"errors":[{"message":"maxPoints: 1 is not in 2' in asyncio.run(answered(Asked(" ".join(WATCHED))))
    assert b'"name":"Unmapped Tab 30"' in asyncio.run(answered(Asked(" ".join(PANEL))))


BASE = "query ($a: Int = 1) { panels(first: $a) { nodes { name ...F } } } fragment F on Panel { serial host }"


@pytest.mark.parametrize(
    "text",
    [
        BASE.replace("name", "called: name"),
        BASE.replace("$a: Int = 1", "$a: Int = 2"),
        BASE.replace("$a: Int = 1", "$a: Int! = 1"),
        BASE.replace("$a", "$b"),
        BASE.replace("first: $a", "first: $a, after: null"),
        BASE.replace("name", "name @include(if: true)"),
        BASE.replace("...F", "...F @skip(if: false)"),
        BASE.replace("name ...F", "...F name"),
        BASE.replace("serial host", "host serial"),
        BASE.replace("serial host", "serial"),
        BASE.replace("...F", "... on Panel { serial host }").split(" fragment")[0],
        BASE.replace("nodes { name ...F }", "nodes { name ...F } totalCount"),
    ],
)
def test_what_asks_otherwise_has_another_normal_text(text: str):
    known = documents()
    assert known.operation(Asked(text)).normal != known.operation(Asked(BASE)).normal


def test_strings_are_told_apart_by_what_they_say():
    known = documents()
    texts = {
        known.operation(Asked(f'{{ panel(serial: "{word}") {{ name }} }}')).normal for word in ("a b", "a  b", "a,b")
    }
    assert len(texts) == 3

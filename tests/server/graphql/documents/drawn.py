"""Documents drawn at random, with fragments in fragments, that fit one small schema."""

from __future__ import annotations

import graphql
from hypothesis import strategies as st

SCHEMA = graphql.build_schema("""
type Query { thing: Thing!, things(first: Int! = 5): Things!, rows(first: Int! = 3): [Thing!]!, plain: [Thing] }
type Thing { id: ID!, it: Thing!, rows(first: Int! = 4): [Thing!]!, page(first: Int! = 2): Things!, flat: Flat }
type Things { nodes: [Thing!]!, edges: [Edge!]!, totalCount: Int! }
type Edge { node: Thing! }
type Flat { one: Int }
type Mutation { change: Thing! }
""")
ROOTS = ["thing {0}", "rows{1} {0}", "plain {0}", "things{1} {{ nodes {0} ...P totalCount }}"]
FIELDS = ["id", "it {0}", "rows{1} {0}", "page{1} {{ edges {{ node {0} }} ...P }}", "flat {{ one }}", "__typename"]
SIZES = ["", "(first: 0)", "(first: 2)", "(first: $n)", "(first: $m)"]
DIRECTIVES = ["", "", "", " @skip(if: false)", " @include(if: true) @skip(if: false)"]
FRAGMENTS = 3
PAGE = "fragment P on Things { nodes { id a: it { rows(first: $m) { id } } } totalCount @skip(if: false) }"


@st.composite
def selections(draw: st.DrawFn, later: tuple[int, ...], depth: int) -> str:
    """A selection set of Thing, which spreads only fragments that come later: no circles."""
    parts = []
    for _ in range(draw(st.integers(1, 2))):
        kind = draw(st.sampled_from(FIELDS if depth else ["id", "__typename", "flat {{ one }}"]))
        alias = draw(st.sampled_from(["", "", f"a{draw(st.integers(0, 10**6))}: "]))
        inner = draw(selections(later, depth - 1)) if "{0}" in kind else ""
        field = alias + kind.format(inner, draw(st.sampled_from(SIZES)))
        parts.append(directed(field, draw(st.sampled_from(DIRECTIVES))))
    if later:
        parts += draw(st.lists(st.sampled_from([f"...F{n}" for n in later]), max_size=2))
    if draw(st.booleans()):
        parts.append("... @include(if: true) { id }")
    return "{ " + " ".join(parts) + " }"


def directed(field: str, directives: str) -> str:
    """With directives behind the field's own name and arguments."""
    head, brace, rest = field.partition(" {")
    return head + directives + brace + rest


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Each has the variables `n` and `m`, and `m` has a default."""
    every = tuple(range(FRAGMENTS))
    roots = [
        f"r{number}: " + draw(st.sampled_from(ROOTS)).format(draw(selections(every, 1)), draw(st.sampled_from(SIZES)))
        for number in range(draw(st.integers(1, 2)))
    ]
    fragments = [f"fragment F{n} on Thing {draw(selections(every[n + 1 :], 1))}" for n in every]
    text = f"query ($n: Int! = 7, $m: Int! = 6) {{ {' '.join(roots)} }} mutation Other {{ change {{ id }} }}"
    return " ".join([text, *draw(st.permutations([*fragments, PAGE]))])

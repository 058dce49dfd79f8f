"""Breaks what was whole: documents character by character, or all at once by sheer size."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

BITS = (
    "{", "}", "(", ")", "[", "]", '"', '"""', "...", "$", "@", "!",
    ":", "#", "\\", "\x00", "\ufeff", "é", "🔋", "null", "on", "&", "|", "=",
)  # fmt: skip
BOMBS: tuple[Callable[[int], str], ...] = (
    lambda n: "{" + " ".join(f"a{i}: serverInfo {{ name }}" for i in range(n)) + "}",
    lambda n: "{ node(id: 1) " + "{ ... on Panel { circuits { panel " * n + "{ name }" + "}}}" * n + "}",
    lambda n: "{" * n,
    lambda n: "{ serverInfo " + "@skip(if: false) " * n + "{ name } }",
    lambda n: "query(" + " ".join(f"$v{i}: Int" for i in range(n)) + ") { serverInfo { name } }",
    lambda n: "{ ...A } " + " ".join(f"fragment F{i} on Query {{ ...F{i + 1} }}" for i in range(n)),
    lambda n: "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }" + " " * n,
    lambda n: "{ search(text: " + "[" * n + "]" * n + ") { name } }",
    lambda n: '{ search(text: "' + "x" * n * 100 + '") { __typename } }',
    lambda n: "{ " + "__schema { types { fields { type { fields { name } } } } } " * min(n, 50) + "}",
    lambda n: "," * n * 10,
    lambda n: "# " + "x" * n + "\n{ serverInfo { name } }",
    lambda n: " ".join(f"query Q{i} {{ serverInfo {{ name }} }}" for i in range(n)),
    lambda n: (
        '{ cellInstances(filter: { name: { in: ["' + '", "'.join("x" * 3 for _ in range(n)) + '"] } }) { totalCount } }'
    ),
)


def spoiled(text: str, dice: Random) -> str:
    """The text with one to three changes."""
    for _ in range(dice.choice((1, 1, 2, 3))):
        at = dice.randrange(len(text) + 1)
        to = min(len(text), at + dice.choice((0, 1, 1, 3, 20)))
        text = text[:at] + dice.choice((*BITS, "", "", text[at:to] * 2)) + text[to:]
    return text


def bomb(dice: Random) -> str:
    """A document that costs more than it is long."""
    return dice.choice(BOMBS)(dice.choice((10, 100, 1000)))

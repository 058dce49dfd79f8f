"""`python -m schema`: write the graph's definition to schema/schema.graphql, and new fields into schema/rules.toml.

With --print, the definition goes to standard output and nothing is written.
"""

from __future__ import annotations

import sys

from schema import SDL_PATH, build_schema
from schema.compose import sdl
from schema.rules import PATH, committed, updated


def main(arguments: list[str]) -> int:
    """Write or print; the exit code."""
    schema = build_schema()
    text = sdl(schema)
    if arguments == ["--print"]:
        sys.stdout.write(text)
        return 0
    if arguments:
        sys.stderr.write("usage: python -m schema [--print]\n")
        return 2
    rules = updated(committed(), schema._schema)  # noqa: SLF001 (the graphql-core schema)
    for path, written in ((SDL_PATH, text), (PATH, rules)):
        path.write_text(written, encoding="utf-8")
        sys.stdout.write(f"wrote {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m schema`: write the graph's definition to schema/schema.graphql; with --print, to standard output."""

from __future__ import annotations

import sys

from schema import SDL_PATH, build_schema
from schema.compose import sdl


def main(arguments: list[str]) -> int:
    """Write or print; the exit code."""
    text = sdl(build_schema())
    if arguments == ["--print"]:
        sys.stdout.write(text)
        return 0
    if arguments:
        sys.stderr.write("usage: python -m schema [--print]\n")
        return 2
    SDL_PATH.write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {SDL_PATH}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

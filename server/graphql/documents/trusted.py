"""The file of trusted documents: an object of JSON, from a document's id to its text."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAX_FILE_BYTES = 10_000_000
MAX_ID_CHARACTERS = 256
HASHED = re.compile(r"sha256:(.*)")


class TrustedError(Exception):
    """The file cannot be used; its text is one line for whoever runs the server."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"documents.trusted = {str(path)!r}: {reason}")


@dataclass(frozen=True, slots=True)
class Trusted:
    """Their texts by their ids, and the file that they are from; with `only` nobody may ask anything else."""

    path: Path = Path()
    texts: Mapping[str, str] = field(default_factory=dict)
    only: bool = False


def read_trusted(path: Path | None, *, only: bool = False) -> Trusted:
    """None are trusted without a file. Raises TrustedError."""
    return Trusted() if path is None else Trusted(path, _texts(path), only)


def _texts(path: Path) -> dict[str, str]:
    found = _json(path)
    if not isinstance(found, dict) or not found:
        raise TrustedError(path, 'must be an object from ids to documents: {"ID": "{ serverInfo { name } }"}')
    for name, text in found.items():
        if reason := _wrong(name, text):
            raise TrustedError(path, f"document {name[:60]!r}: {reason}")
    return found


def _json(path: Path) -> Any:  # noqa: ANN401 (any JSON value)
    try:
        with path.open("rb") as file:
            body = file.read(MAX_FILE_BYTES + 1)
        if len(body) > MAX_FILE_BYTES:
            raise TrustedError(path, f"larger than {MAX_FILE_BYTES:,} bytes")
        return json.loads(body.decode(), object_pairs_hook=_once)
    except OSError as error:
        raise TrustedError(path, f"cannot be read ({error.strerror}); name a JSON file") from None
    except UnicodeDecodeError:
        raise TrustedError(path, "is not UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise TrustedError(path, f"is not JSON that can be used: {error}") from None


def digest(text: str) -> str:
    """SHA-256 of the text, in hex."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice[:60]!r} is there twice")
    return found


def _wrong(name: str, text: object) -> str:
    if not isinstance(text, str):
        return "must be a document, as a string"
    if not 0 < len(name) <= MAX_ID_CHARACTERS:
        return f"an id has 1 to {MAX_ID_CHARACTERS} characters"
    hashed = HASHED.fullmatch(name)
    if hashed and hashed[1] != digest(text):
        return f"is not the document of this id; its own would be sha256:{digest(text)}"
    return ""

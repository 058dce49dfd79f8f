"""Automatic persisted queries, as Apollo's clients ask them: a hash first, the document only where it is unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from server.graphql.documents.trusted import digest
from server.graphql.operations import RefusedError, refused

KEY = "persistedQuery"
VERSION = 1
SHA256 = re.compile(r"[0-9a-f]{64}")


def asked_hash(extensions: Mapping[str, Any]) -> str | None:
    """The hash that a request names, None where it names none. Raises RefusedError for what is no hash."""
    given = extensions.get(KEY)
    if given is None:
        return None
    if not isinstance(given, dict) or given.get("version") != VERSION or isinstance(given["version"], bool):
        raise refused(f"`extensions.{KEY}` must be an object with `version` {VERSION} and `sha256Hash`", "BAD_REQUEST")
    named = given.get("sha256Hash")
    if not isinstance(named, str) or not SHA256.fullmatch(named):
        raise refused(f"`extensions.{KEY}.sha256Hash` must be 64 hex digits, in lower case", "BAD_REQUEST")
    return named


def check_hash(text: str, named: str) -> None:
    """Raise RefusedError for a document that has another hash."""
    if digest(text) != named:
        raise refused(f"`extensions.{KEY}.sha256Hash` is not the SHA-256 of `query`", "BAD_REQUEST")


def unknown_hash() -> RefusedError:
    """Apollo's own words, and its status: its clients send the document next, and some never see an answer with 4xx."""
    return refused("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", HTTPStatus.OK)

"""Strawberry's page, for where no other was built: its parts come from unpkg.com, checked by their hashes."""

from __future__ import annotations

import base64
import hashlib
import re

from strawberry.http.ides import get_graphql_ide_html

from server.pages.policy import policy

SOURCE = "https://unpkg.com"
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def stock_page() -> str:
    """As it comes."""
    return get_graphql_ide_html("graphiql")


def stock_policy(page: str) -> str:
    """A Content-Security-Policy that lets in what this page is made of, and nothing else."""
    own = " ".join(f"'sha256-{_sha256(script)}'" for script in INLINE_SCRIPT.findall(page))
    # The page has styles inside itself, and its release of GraphiQL adds others, without a nonce.
    return policy(scripts=f"{SOURCE} {own}", styles=f"{SOURCE} 'unsafe-inline'", images="'self' data:")


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

"""The port of whatever keeps secrets closed while they lie in a store."""

from __future__ import annotations

from typing import Protocol


class Vault(Protocol):
    """`owner` names the one row that a secret is of: sealed for another one it does not open."""

    def seal(self, secret: bytes, owner: str) -> bytes:
        """The secret as it may lie in a file."""

    def open(self, sealed: bytes, owner: str) -> bytes:
        """The secret again. Raises SecretsError when it was sealed with an unknown key, or changed since."""

    def is_current(self, sealed: bytes, owner: str) -> bool:
        """Whether this was sealed as `seal` would do it now, and not with an older key or an unknown one."""

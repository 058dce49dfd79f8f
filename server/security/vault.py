"""Secrets sealed with AES-256-GCM: who has the file and not the key has nothing, and a changed byte is noticed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from server.security.keys import Key
from server.stores.errors import SecretsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\1"
NONCE_BYTES = 12
"""Drawn for each seal (NIST SP 800-38D, 8.2.2): good for 2**32 of them; a panel's row is saved a few times a day."""


class AesVault:
    """See `server.stores.vault.Vault`. Seals with `key`; what `older` keys have sealed still opens."""

    def __init__(self, key: Key, *older: Key) -> None:
        # Imported only by who has a vault: it costs 50 ms, which no --help should take.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        self._key_names = " or ".join(each.name for each in (key, *older))
        self._ciphers = [AESGCM(each.value) for each in (key, *older)]

    def seal(self, secret: bytes, owner: str) -> bytes:
        """See the port."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._ciphers[0].encrypt(nonce, secret, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """See the port."""
        for cipher in self._ciphers:
            if (secret := _opened(cipher, sealed, owner)) is not None:
                return secret
        raise SecretsError(
            f"what the database keeps as {owner} does not open with {self._key_names}: give back the key that it was"
            " sealed with, as secrets.key_file or BUSBAR_SECRETS__KEY (or as secrets.old_key_file, to change keys);"
            " nothing was changed"
        )

    def is_current(self, sealed: bytes, owner: str) -> bool:
        """See the port."""
        return _opened(self._ciphers[0], sealed, owner) is not None


def _opened(cipher: AESGCM, sealed: bytes, owner: str) -> bytes | None:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above

    body = sealed.removeprefix(VERSION)
    try:
        return cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], owner.encode())
    except (InvalidTag, ValueError):  # ValueError: the nonce is cut short
        return None

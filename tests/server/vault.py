"""The tests' vault: a real one, whose key is no secret."""

from __future__ import annotations

from server.security.keys import Key
from server.security.vault import AesVault

VAULT = AesVault(Key("the tests' key", bytes(range(32))))

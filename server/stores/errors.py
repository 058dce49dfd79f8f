"""What a store can say no with, and what to do about it.

StoreError
├── StoreUnreadableError     the file is damaged, or was never ours
├── StoreTooNewError         a newer busbar wrote the file; it was left as it is
├── StoreHeldError           another process is using the file
├── SecretsError             the key of the secrets is missing, wrong, or open to others
├── StorageFullError         the disk or a quota is full; nothing of the write was kept
└── StoreClosedError         asked after it was closed
"""

from __future__ import annotations


class StoreError(Exception):
    """A store could not do what was asked; nothing of a failed write is kept."""


class StoreUnreadableError(StoreError):
    """Raised on opening, or by the first read of a damaged page. Nothing is ever repaired or recreated silently."""


class StoreTooNewError(StoreError):
    """Raised on opening a file with migrations that this version does not know; the file stays untouched."""


class StoreHeldError(StoreError):
    """Raised on opening a file that another process holds, or when one keeps it locked for longer than we wait."""


class SecretsError(StoreError):
    """Raised on opening, with what to do about the key. No secret is ever dropped or made anew because of it."""


class StorageFullError(StoreError):
    """Raised by a write for which there was no room. Reads go on; writes succeed again as soon as there is room."""


class StoreClosedError(StoreError):
    """Raised by a read or write after close."""

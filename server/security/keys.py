"""The key of the secrets: given in the environment or a file, or made beside the database on the first start."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from server.stores.errors import SecretsError

KEY_BYTES = 32
KEY_FILE = "secrets.key"
OWNER_ONLY = 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO
LONGEST_FILE = 1_000
HOW_TO_MAKE_ONE = "make one with: openssl rand -base64 32"


@dataclass(frozen=True, slots=True)
class Key:
    """32 bytes, and where they came from, as messages name it."""

    name: str
    value: bytes = field(repr=False)

    @classmethod
    def of(cls, text: str, name: str) -> Key:
        """The key that is written in base64, the one for URLs or the other. Raises SecretsError without showing it."""
        plain = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
        try:
            value = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        except (binascii.Error, ValueError):
            value = b""
        if len(value) != KEY_BYTES:
            raise SecretsError(f"{name} is not {KEY_BYTES} bytes written in base64; {HOW_TO_MAKE_ONE}")
        return cls(name, value)


def found_keys(given: str | None, file: Path | None, old_file: Path | None, data: Path, *, may_make: bool) -> list[Key]:
    """The key to use, then the older one where there is one. Raises SecretsError.

    `given` is the text of BUSBAR_SECRETS__KEY. Without it and without a file the key lies in the folder `data`, where
    one is made if it `may_make` one: a database that is sealed already wants the key that it was sealed with.
    """
    own = data / KEY_FILE
    if given is not None:
        key = Key.of(given, "BUSBAR_SECRETS__KEY")
    elif file is not None or own.exists():
        key = _read(file or own)
    elif may_make:
        key = _made(own)
    else:
        raise SecretsError(
            f"{own} is missing, and the secrets of the database beside it are sealed with that key: put it back, or"
            " name where it is as secrets.key_file or BUSBAR_SECRETS__KEY; nothing was changed"
        )
    return [key, *_older(old_file)]


def _older(file: Path | None) -> Sequence[Key]:
    return [] if file is None else [_read(file)]


def _read(path: Path) -> Key:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            text = file.read(LONGEST_FILE + 1)
    except OSError as error:
        raise SecretsError(f"{path} cannot be read ({error.strerror}): {HOW_TO_MAKE_ONE} > {path}") from None
    if os.name == "posix" and stat.S_ISREG(status.st_mode) and status.st_mode & OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        raise SecretsError(f"{path} is not its owner's alone (mode {mode:04o}), and it is a key: chmod 600 {path}")
    return Key.of(text.decode("ascii", errors="replace"), str(path))


def _made(path: Path) -> Key:
    """Whole and on stable storage before anything is sealed with it."""
    value = secrets.token_bytes(KEY_BYTES)
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY), "wb") as file:
            file.write(base64.b64encode(value) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        with suppress(PermissionError):  # Windows cannot open a folder, and needs no such help
            _sync(path.parent)
    except OSError as error:
        raise SecretsError(f"{path} cannot be made ({error.strerror}): choose another data directory") from None
    return Key(str(path), value)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

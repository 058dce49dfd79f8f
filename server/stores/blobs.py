"""Files by key in one folder: what a row names is on stable storage before the row is."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread
import structlog

from server.stores.errors import StorageFullError, StoreError

if TYPE_CHECKING:
    from obstore.store import LocalStore

WORK = "work"
MAX_KEY_CHARACTERS = 500

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,7}")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

logger = structlog.get_logger()


class TooLongError(Exception):
    """The body is longer than `limit_bytes`; nothing of it was kept."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"longer than {limit_bytes:,} bytes")
        self.limit_bytes = limit_bytes


class Blobs:
    """Whole files under plain keys (`measurements/4e1f/1/overview.arrow`), through obstore on a local folder.

    A key is there with all its bytes or not at all. Methods raise ValueError for a key of another shape, StoreError
    where the folder cannot be used, and StorageFullError where there is no room.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._opened: LocalStore | None = None
        self._tell_gone: Callable[[Path], None] = _nobody

    def watch(self, tell_gone: Callable[[Path], None]) -> None:
        """Have each file told once it is deleted, from the event loop or the thread in which it was."""
        self._tell_gone = tell_gone

    def path(self, key: str) -> Path:
        """Where the bytes of this key lie, or would lie."""
        if len(key) > MAX_KEY_CHARACTERS or not _KEY.fullmatch(key):
            raise ValueError(f"{key[:60]!r} is no key: letters, digits, dots, dashes and slashes between them")
        return self._folder / key

    async def put(self, key: str, body: AsyncIterator[bytes], limit_bytes: int) -> int:
        """Keep all of the body in the place of what was there; how many bytes. Raises TooLongError, and the body's."""
        import obstore  # noqa: PLC0415 (only where bytes come in)

        path, counted = self.path(key), _Counted(limit_bytes)
        with _in_our_words(key):
            await obstore.put_async(self._store, key, counted.through(body))
        await anyio.to_thread.run_sync(self._sync, path)
        return counted.size

    async def link(self, source: str, key: str) -> None:
        """Keep the bytes of `source` under `key` as well, without copying them."""
        import obstore  # noqa: PLC0415

        self.path(source), self.path(key)
        with _in_our_words(key):
            await obstore.copy_async(self._store, source, key)
        await anyio.to_thread.run_sync(self._sync, self.path(key))

    def key(self, made: Path) -> str:
        """The key under which a file in a `scratch` folder can be linked."""
        return made.relative_to(self._folder).as_posix()

    async def delete(self, keys: Iterable[str]) -> None:
        """Delete those that are there. What cannot be deleted now is left, and said, for the next sweep."""
        import obstore  # noqa: PLC0415

        for key in sorted(keys):
            try:
                with suppress(FileNotFoundError), _in_our_words(key):
                    await obstore.delete_async(self._store, key)
            except StoreError as error:
                logger.warning("blob_not_deleted", key=key, reason=str(error))
            else:
                self._tell_gone(self._folder / key)

    @contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """An empty folder for files in the making; what is not linked elsewhere goes with it."""
        folder = self.path(f"{WORK}/{name}")
        with _in_our_words(name):
            folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def sizes(self) -> Mapping[str, int]:
        """Every file in the folder and its bytes: keys, and what a crash left of them (`key#1`, scratch files)."""
        found = {}
        for path in self._folder.rglob("*"):
            with suppress(FileNotFoundError):  # it may be deleted while we look
                if path.is_file():
                    found[path.relative_to(self._folder).as_posix()] = path.stat().st_size
        return found

    def remove(self, names: Iterable[str]) -> None:
        """Delete what `sizes` told of, and the folders that are empty then."""
        for name in names:
            path = self._folder / name
            with suppress(FileNotFoundError):
                path.unlink()
            self._tell_gone(path)
            with suppress(OSError):  # a folder that has files still
                for folder in path.parents[: name.count("/")]:
                    folder.rmdir()

    def tidy(self) -> None:
        """Delete every folder that is empty; only while nothing is being made."""
        folders = [path for path in self._folder.rglob("*") if path.is_dir()]
        for folder in sorted(folders, reverse=True):
            with suppress(OSError):
                folder.rmdir()

    @property
    def _store(self) -> LocalStore:
        if self._opened is None:
            from obstore.store import LocalStore  # noqa: PLC0415

            with _in_our_words(""):
                self._opened = LocalStore(self._folder, mkdir=True, automatic_cleanup=True)
        return self._opened

    def _sync(self, path: Path) -> None:
        """Bring a file, and the names that lead to it, onto stable storage."""
        with _in_our_words(path.name):
            for each in (path, *path.parents[: len(path.relative_to(self._folder).parts)]):
                opened = os.open(each, os.O_RDONLY)
                try:
                    os.fsync(opened)
                finally:
                    os.close(opened)


class _Counted:
    """Counts what goes through, and stops it at the limit."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self.size = 0

    async def through(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for part in body:
            self.size += len(part)
            if self.size > self._limit_bytes:
                raise TooLongError(self._limit_bytes)
            yield part


def _nobody(_path: Path) -> None:
    """Whom deleted files are told while nobody watches."""


def says_full(error: BaseException) -> bool:
    """Whether this is the disk, a quota or a size limit saying that there is no room."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return any(f"os error {code})" in str(error) for code in _FULL)


@contextmanager
def _in_our_words(key: str) -> Iterator[None]:
    from obstore.exceptions import BaseError  # noqa: PLC0415

    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        if says_full(error):
            raise StorageFullError(f"no room for {key}: free some space; nothing of it was kept") from error
        reason = str(error).partition("\n")[0]
        raise StoreError(f"{key} cannot be kept ({reason}): look at the permissions and the disk") from error

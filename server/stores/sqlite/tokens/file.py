"""The tokens in a database file that a server may have open: each change is one short transaction beside its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

from server.stores.errors import StoreError, StoreHeldError
from server.stores.sqlite.connection import Connection, connect, speaking_for
from server.stores.sqlite.database import make_folder
from server.stores.sqlite.file import is_up_to_date, make_ready
from server.stores.sqlite.lock import held
from server.stores.sqlite.tokens.rows import COLUMNS, all_tokens, as_row
from server.stores.tokens import NoSuchTokenError, TokenNameTakenError, TokenRecord, TooManyTokensError

BUSY_TIMEOUT_S = 5.0
START_TIMEOUT_S = 5.0
"""For a server that has only just begun with the file, and is making it or bringing it up to date."""
LOOK_AGAIN_S = 0.05


class TokenFile:
    """Opened by `opened`. Raises StoreError's kinds for whatever the file says no to."""

    def __init__(self, path: Path, connection: Connection) -> None:
        self._path, self._connection = path, connection

    def all(self) -> list[TokenRecord]:
        """Every token, expired ones too, the oldest first."""
        with speaking_for(self._path):
            return all_tokens(self._connection)

    def add(self, record: TokenRecord, max_tokens: int) -> None:
        """Keep a new token. Raises TokenNameTakenError and TooManyTokensError."""
        with self._change() as connection:
            names = {name for (name,) in connection.execute("SELECT name FROM api_token")}
            if record.name in names:
                raise TokenNameTakenError(
                    f"a token is named {record.name!r} already: revoke it, or choose another name"
                )
            if len(names) >= max_tokens:
                raise TooManyTokensError(
                    f"there are {len(names):,} tokens, of {max_tokens:,} at most: revoke one, or raise"
                    " security.max_tokens"
                )
            places = ", ".join("?" * len(as_row(record)))
            connection.execute(f"INSERT INTO api_token ({COLUMNS}) VALUES ({places})", as_row(record))  # noqa: S608

    def revoke(self, id_or_name: str) -> TokenRecord:
        """Forget the token; what it was. Raises NoSuchTokenError."""
        with self._change() as connection:
            for record in all_tokens(connection):
                if id_or_name in (record.id, record.name):
                    connection.execute("DELETE FROM api_token WHERE id = ?", [record.id])
                    return record
        raise NoSuchTokenError(f"no token has the id or name {id_or_name[:100]!r}: see `busbar token list`")

    @contextmanager
    def _change(self) -> Iterator[Connection]:
        with speaking_for(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


@contextmanager
def opened(path: Path) -> Iterator[TokenFile]:
    """The tokens of the file at `path`, once it is up to date. Raises StoreError for one that is missing or newer."""
    if not path.exists():
        raise StoreError(f"{path} is not there: `busbar token create` or `busbar serve` makes it")
    _make_ready(path)
    with speaking_for(path), closing(connect(path, busy_timeout_s=BUSY_TIMEOUT_S)) as connection:
        yield TokenFile(path, connection)


def tokens_in(path: Path) -> list[TokenRecord]:
    """Every token in the file; none when there is no file, which is not made."""
    if not path.exists():
        return []
    with opened(path) as file:
        return file.all()


def make_missing(path: Path) -> None:
    """Make the file as a server would, unless it is there. Raises StoreError."""
    if not path.exists():
        make_folder(path.parent)
        _make_ready(path)


def _make_ready(path: Path) -> None:
    """Make the file or bring it up to date, as a server does when it starts. Raises StoreError."""
    given_up_at = monotonic() + START_TIMEOUT_S
    while not (path.exists() and is_up_to_date(path)):
        try:
            with held(path):
                make_ready(path, busy_timeout_s=BUSY_TIMEOUT_S)
        except StoreHeldError:
            if monotonic() >= given_up_at:
                raise
            sleep(LOOK_AGAIN_S)

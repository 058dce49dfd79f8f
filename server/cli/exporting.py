"""What `busbar export` does, once its arguments are in order: fetch, convert where the server does not, and keep."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import httpx

from clients.errors import ClientAnswerError, ClientAuthError, ClientConnectionError
from clients.http import credentials, http_address, open_blocking_client
from server.cells.formats.choices import Selection, Target
from server.cells.formats.writing import encoded
from server.cli.errors import CommandError

TIMEOUT = httpx.Timeout(10.0, read=300.0)
MAX_ERROR_BYTES = 100_000
TEXTS = (Target.CSV, Target.JSONL, Target.BDF_CSV)


class Fetch:
    """One export. Raises ClientError, FormatError, CommandError; ValueError for an address or token that is none."""

    def __init__(self, url: str, token: str | None, measurement_id: str, selection: Selection, target: Target) -> None:
        self._base = http_address(url, "a busbar server", "http://127.0.0.1:8000").rstrip("/")
        self._headers = credentials(token)
        self._path = f"/export/cell_measurements/{quote(measurement_id, safe='')}"
        self._selection, self._target = selection, target

    def into_pipe(self) -> None:
        """Onto standard output. A reader that has seen enough ends it."""
        if self._target not in TEXTS and sys.stdout.isatty():
            raise CommandError(f"{self._target} is nothing for a terminal; send it on, or give --to a file")
        try:
            self._write(sys.stdout.buffer)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            sys.stderr.close()

    def into_file(self, path: Path, *, force: bool) -> None:
        """Into a new file, which appears when it is whole."""
        if path.exists() and not force:
            raise CommandError(f"{path} is there already; choose another name, or give --force")
        partial = path.with_name(f".{path.name[:50]}.{os.getpid()}.part")
        try:
            with partial.open("xb") as file:
                self._write(file)
            partial.replace(path)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror or error}") from None
        finally:
            partial.unlink(missing_ok=True)

    def _write(self, out: Any) -> None:  # noqa: ANN401 (anything with write)
        if not self._target.is_bdf:
            with self._answer(self._target, self._selection) as parts:
                out.writelines(parts)
            return
        with TemporaryDirectory(prefix="busbar-export-") as folder:
            whole = Path(folder) / "time_series.parquet"
            with whole.open("wb") as file, self._answer(Target.PARQUET, Selection()) as parts:
                file.writelines(parts)
            with closing(encoded(whole, self._selection, self._target)) as export:
                out.writelines(export)

    @contextmanager
    def _answer(self, target: Target, selection: Selection) -> Iterator[Iterable[bytes]]:
        """The body as it comes. Raises ClientError for any other answer than 200, and for one that breaks off."""
        with open_blocking_client(self._base) as client:
            request = client.build_request(
                "GET",
                f"{self._base}{self._path}.{target}",
                params=_params(selection),
                headers=self._headers,
                timeout=TIMEOUT,
            )
            try:
                response = client.send(request, stream=True)
                with closing(response):
                    _check(response)
                    yield response.iter_raw()
            except httpx.HTTPError as error:
                raise ClientConnectionError(f"{self._base}: {str(error) or type(error).__name__}") from None


def _params(selection: Selection) -> httpx.QueryParams:
    params: list[tuple[str, str | int | float | bool | None]] = [
        ("columns", column) for column in selection.columns or ()
    ]
    ends = (("from", selection.start_s), ("to", selection.end_s))
    params += [(name, repr(seconds)) for name, seconds in ends if seconds is not None]
    return httpx.QueryParams(params + ([("escape_formulas", "true")] if selection.escapes_formulas else []))


def _check(response: httpx.Response) -> None:
    if response.status_code == httpx.codes.OK:
        return
    body = b""
    for part in response.iter_raw():
        body += part
        if len(body) > MAX_ERROR_BYTES:
            break
    if response.status_code == httpx.codes.UNAUTHORIZED:
        raise ClientAuthError(f"{_where(response)} wants a token that it knows: set BUSBAR_TOKEN, or pass --token", 401)
    raise ClientAnswerError(_message(response, body), response.status_code)


def _message(response: httpx.Response, body: bytes) -> str:
    try:
        told = httpx.Response(200, content=body).json()["message"]
    except (ValueError, KeyError, TypeError):
        told = f"{_where(response)} answered {response.status_code}"
    return str(told)[:500]


def _where(response: httpx.Response) -> str:
    return str(response.url.copy_with(query=None))

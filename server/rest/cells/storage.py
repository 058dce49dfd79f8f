"""Where signed addresses lead: files to fetch, in ranges too, and to put. No key is needed; the address is enough."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from schema.cells.refusals import CellRefusal
from schema.ports import Bytes, Table
from server.rest.answers import Refused, answer
from server.rest.cells.lab import lab_of
from server.rest.cells.refusals import granted
from server.rest.cells.tables import write_parquet
from server.rest.methods import Handler
from server.threads import in_thread

PARQUET = "application/vnd.apache.parquet"
ANY = "application/octet-stream"


def signed(handler: Handler) -> Handler:
    """Let through only what the signer signed: this method on this path, until it expires."""

    async def checked(request: Request) -> Response:
        reason = request.app.state.world.signer.refusal(request.method, request.scope["path"], request.query_params)
        if reason:
            raise Refused(403, reason)
        return await handler(request)

    return checked


@signed
async def put_upload(request: Request) -> Response:
    """PUT /storage/uploads/{key}."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refused(415, "send the file as it is, without Content-Encoding")
    declared = request.headers.get("content-length")
    key = request.path_params["key"]
    granted(await lab_of(request).uploads.put(key, request.stream(), int(declared) if declared else None))
    return answer({"path": key})


@signed
async def get_samples(request: Request) -> Response:
    """GET or HEAD /storage/measurements/{measurement_id}/time_series.parquet."""
    return _download(await lab_of(request).samples.parquet(request.path_params["measurement_id"]), PARQUET)


@signed
async def get_file(request: Request) -> Response:
    """GET or HEAD /storage/measurements/{measurement_id}/files/{filename}."""
    found = await lab_of(request).samples.file(request.path_params["measurement_id"], request.path_params["filename"])
    return _download(found, ANY)


@signed
async def get_steps(request: Request) -> Response:
    """GET or HEAD /storage/measurements/{measurement_id}/steps.parquet, made when it is asked for."""
    measurement_id = request.path_params["measurement_id"]
    if measurement_id not in await lab_of(request).cells.measurements_by_id([measurement_id]):
        raise Refused(404, f"there is no cell measurement {measurement_id!r}", {"measurement_id": measurement_id})
    return Made((await lab_of(request).samples.steps([measurement_id])).get(measurement_id, {}))


def _download(found: Bytes | CellRefusal, media_type: str) -> Response:
    file = granted(found)
    tag = {"etag": f'"{file.sha256}"'} if file.sha256 else None
    return Download(file.path, headers=tag, media_type=media_type, filename=file.filename)


class Download(FileResponse):
    """A file, whole or in ranges; a range that cannot be served is refused in our shape."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Refused with 400, 404 or 416 before anything is sent."""

        async def checked(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (400, 416):
                size = (await anyio.Path(self.path).stat()).st_size
                raise Refused(
                    message["status"], f"there is no such range: the file has {size:,} bytes", {"size_bytes": size}
                )
            await send(message)

        if not await anyio.Path(self.path).is_file():
            raise Refused(404, "the file was deleted meanwhile")
        await super().__call__(scope, receive, checked)


class Made(Response):
    """A table as a Parquet file that is there only while it is sent."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write, send, forget."""
        with TemporaryDirectory(prefix="busbar-") as folder:
            path = Path(folder) / "steps.parquet"
            await in_thread(write_parquet, self._table, path)
            await Download(path, media_type=PARQUET, filename=path.name)(scope, receive, send)

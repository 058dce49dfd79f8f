"""A server as release 0.2.0 of the published client knew them, in a few lines: plain arrays, PUT, nested answers."""

from __future__ import annotations

import io
from typing import Any

import polars as pl
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SPEC, CELL, TEST = "cell_specifications", "cell_instances", "cell_measurements"
PARENT = {CELL: "cell_specification_id", TEST: "cell_instance_id"}


class Peer:
    """Rows in dicts, in the order in which they came; `app` serves them."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, dict[str, Any]]] = {SPEC: {}, CELL: {}, TEST: {}}
        self.blobs: dict[str, bytes] = {}
        self.app = Starlette(
            routes=[
                Route(f"/{SPEC}", self.find),
                Route(f"/{SPEC}", self.create, methods=["POST"]),
                Route(f"/{CELL}/{{parent}}/{TEST}/initiate-upload", self.initiate, methods=["POST"]),
                Route("/{above}/{parent}/{kind}", self.find_or_read),
                Route("/{above}/{parent}/{kind}", self.create, methods=["POST"]),
                Route(f"/{TEST}/{{id}}/time_series/signed_url", self.signed),
                Route("/storage/{id}", self.storage, methods=["GET", "PUT"]),
                Route("/{kind}/{id}", self.one, methods=["GET", "PUT", "DELETE"]),
            ]
        )

    async def find(self, request: Request) -> Response:
        kind, parent = request.path_params.get("kind", SPEC), request.path_params.get("parent")
        rows = self.rows[kind].values()
        return JSONResponse([row for row in rows if kind == SPEC or row[PARENT[kind]] == parent])

    async def find_or_read(self, request: Request) -> Response:
        if request.path_params["kind"] in self.rows:
            return await self.find(request)
        count = pl.read_parquet(io.BytesIO(self.blobs[request.path_params["parent"]])).height
        return JSONResponse({"steps": {"End index": [count - 1]}, "cycles": {"Cycle count": [0]}})

    async def create(self, request: Request) -> Response:
        if request.path_params.get("kind") == "confirm-upload":
            return await self.confirm(request)
        return self._made(
            request.path_params.get("kind", SPEC), request.path_params.get("parent"), await request.json()
        )

    def _made(self, kind: str, parent: str | None, fields: dict[str, Any], ident: str = "") -> Response:
        row = {**fields, "id": ident or f"{kind}-{len(self.rows[kind])}", **({PARENT[kind]: parent} if parent else {})}
        key = (row["name"], parent)
        for other in self.rows[kind].values():
            if key == (other["name"], other.get(PARENT.get(kind, ""))):
                return error(409, "CONFLICT", {"existing_id": other["id"]})
        self.rows[kind][row["id"]] = row
        return JSONResponse(row)

    async def one(self, request: Request) -> Response:
        rows, ident = self.rows[request.path_params["kind"]], request.path_params["id"]
        if ident not in rows:
            return error(404, "NOT_FOUND", None)
        if request.method == "DELETE":
            del rows[ident]
            return Response(status_code=204)
        rows[ident] |= await request.json() if request.method == "PUT" else {}
        return JSONResponse(rows[ident])

    async def initiate(self, request: Request) -> Response:
        ident = f"upload-{len(self.blobs)}"
        return JSONResponse(
            {"measurement_id": ident, "signed_url": self._url(request, ident), "token": "", "path": ident}
        )

    async def confirm(self, request: Request) -> Response:
        body, ident = await request.json(), request.path_params["parent"]
        made = self._made(TEST, body["cell_instance_id"], body["measurement"], ident)
        if made.status_code != 200:
            return made
        nested = {"measurement": self.rows[TEST][ident], "instance": self.rows[CELL][body["cell_instance_id"]]}
        return JSONResponse({**nested, "steps_created": 1, "file_path": ident})

    async def signed(self, request: Request) -> Response:
        return JSONResponse({"signed_url": self._url(request, request.path_params["id"])})

    async def storage(self, request: Request) -> Response:
        assert "x-api-key" not in request.headers
        if request.method == "PUT":
            self.blobs[request.path_params["id"]] = await request.body()
        return Response(self.blobs[request.path_params["id"]])

    def _url(self, request: Request, ident: str) -> str:
        return str(request.base_url.replace(path=f"/storage/{ident}", query="signature=s3cret"))


def error(status: int, code: str, detail: Any) -> Response:
    return JSONResponse({"error_code": code, "message": code.lower(), "detail": detail}, status)

"""The whole server on a socket of its own, its data in a real folder, and the steps that most tests begin with."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import polars as pl

from server.app import create_app
from server.cells.limits import Limits
from server.config import Config, SecuritySection, ServerSection
from server.lifespan import lifespan
from tests.schema.serving import served

EVERYTHING = ("/cell_specifications", "/cell_measurements", "/cell_measurements/tags")


class Face:
    """An HTTP client of a running server; `app` is that server."""

    def __init__(self, app: Any, http: httpx.AsyncClient) -> None:
        self.app = app
        self.http = http

    async def ask(self, method: str, path: str, status: int = 200, **options: Any) -> Any:
        """The JSON answered, once the status is as expected."""
        answer = await self.http.request(method, path, **options)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def error(self, method: str, path: str, status: int, **options: Any) -> dict[str, Any]:
        """The error answered; it must have this status and our shape."""
        answer = await self.http.request(method, path, **options)
        assert answer.status_code == status, answer.text
        assert_error(answer)
        told: dict[str, Any] = answer.json()
        return told

    async def specification(self, name: str = "design", **fields: Any) -> dict[str, Any]:
        made: dict[str, Any] = await self.ask("POST", "/cell_specifications", 201, json={"name": name, **fields})
        return made

    async def instance(self, name: str = "cell 1", **fields: Any) -> dict[str, Any]:
        """A cell of a design of its own."""
        design = await self.specification(f"design of {name}")
        path = f"/cell_specifications/{design['id']}/cell_instances"
        made: dict[str, Any] = await self.ask("POST", path, 201, json={"name": name, **fields})
        return made

    async def opened(self, instance_id: str, name: str = "test", **more: Any) -> dict[str, Any]:
        path = f"/cell_instances/{instance_id}/cell_measurements/initiate-upload"
        opened: dict[str, Any] = await self.ask("POST", path, json={"measurement": {"name": name}, **more})
        return opened

    async def put(self, url: str, body: bytes) -> httpx.Response:
        """As the published clients do: without a key, and not as JSON."""
        return await self.http.put(url, content=body, headers={"Content-Type": "application/octet-stream"})

    async def confirm(
        self, opened: dict[str, Any], instance_id: str, name: str = "test", **more: Any
    ) -> httpx.Response:
        body = {"cell_instance_id": instance_id, "measurement": {"name": name, **more.pop("meta", {})}, **more}
        return await self.http.post(f"/cell_measurements/{opened['measurement_id']}/confirm-upload", json=body)

    async def uploaded(
        self, instance_id: str, name: str = "test", frame: pl.DataFrame | None = None, **more: Any
    ) -> Any:
        """A measurement that came in the three steps."""
        opened = await self.opened(instance_id, name)
        assert (await self.put(opened["signed_url"], parquet(samples() if frame is None else frame))).is_success
        confirmed = await self.confirm(opened, instance_id, name, **more)
        assert confirmed.status_code == 200, confirmed.text
        return confirmed.json()

    async def everything(self) -> list[Any]:
        """What all lists tell: equal before and after a refused write."""
        return [await self.ask("GET", path) for path in EVERYTHING]


@asynccontextmanager
async def running(folder: Path, public_url: str | None = None, **limits: float) -> AsyncIterator[Face]:
    config = Config(
        server=ServerSection(data=folder, public_url=public_url),
        security=SecuritySection(allowed_hosts=("lab.example",)),
        cells=Limits(**limits),  # type: ignore[arg-type]
    )
    app = create_app(config)
    async with lifespan(app), served(app) as at, httpx.AsyncClient(base_url=f"http://{at}", timeout=10) as http:
        yield Face(app, http)


def assert_error(answer: httpx.Response) -> None:
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-correlation-id"]
    if answer.request.method == "HEAD":
        return
    body = answer.json()
    assert set(body) == {"error_code", "message", "detail"}
    assert body["error_code"].isupper()
    assert body["message"]
    assert isinstance(body["detail"], dict | None)


def samples(cycles: int = 2, rows: int = 50, start_s: float = 0.0) -> pl.DataFrame:
    """Discharge, then charge, `rows` samples each, in each cycle; voltage falls, then rises."""
    steps = 2 * cycles
    step = [number for number in range(steps) for _ in range(rows)]
    place = [row / (rows - 1) for _ in range(steps) for row in range(rows)]
    down = [number % 2 == 0 for number in step]
    return pl.DataFrame(
        {
            "Time [s]": [start_s + 10.0 * row for row in range(steps * rows)],
            "Voltage [V]": [4.1 - 0.8 * at if falls else 3.3 + 0.8 * at for at, falls in zip(place, down, strict=True)],
            "Current [A]": [1.5 if falls else -1.5 for falls in down],
            "Step count": step,
            "Cycle count": [number // 2 for number in step],
            "Remark": [f"row {row}" if row % 3 else None for row in range(steps * rows)],
        }
    )


def parquet(frame: pl.DataFrame) -> bytes:
    body = io.BytesIO()
    frame.write_parquet(body, compression="zstd")
    return body.getvalue()

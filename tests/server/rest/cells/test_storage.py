"""Signed addresses: absolute, bound to method, path and expiry, and served in ranges."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
import time_machine

from tests.server.rest.cells.face import Face, assert_error, parquet, running, samples

BODY = parquet(samples())


@dataclass
class Kept:
    """A measurement that is there, and where its samples are."""

    face: Face
    id: str
    url: str


@pytest.fixture(scope="module")
async def kept(shared: Face) -> Kept:
    instance = await shared.instance("kept")
    told = await shared.uploaded(instance["id"])
    url = (await shared.ask("GET", f"/cell_measurements/{told['id']}/time_series/signed_url"))["signed_url"]
    return Kept(shared, told["id"], url)


async def test_the_whole_file_needs_no_key(kept: Kept) -> None:
    answer = await kept.face.http.get(kept.url)
    assert answer.content == BODY
    assert answer.headers["accept-ranges"] == "bytes"
    head = await kept.face.http.head(kept.url)
    assert (head.status_code, int(head.headers["content-length"]), head.content) == (200, len(BODY), b"")


@pytest.mark.parametrize(
    ("asked", "first", "behind"),
    [
        ("bytes=0-3", 0, 4),
        ("bytes=100-", 100, len(BODY)),
        ("bytes=-8", len(BODY) - 8, len(BODY)),
        (f"bytes=-{len(BODY) + 65_536}", 0, len(BODY)),
        (f"bytes=10-{len(BODY) * 10}", 10, len(BODY)),
    ],
)
async def test_a_range_is_served(kept: Kept, asked: str, first: int, behind: int) -> None:
    answer = await kept.face.http.get(kept.url, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, BODY[first:behind])
    assert answer.headers["content-range"] == f"bytes {first}-{behind - 1}/{len(BODY)}"


@pytest.mark.parametrize(
    ("asked", "status"), [(f"bytes={len(BODY)}-", 416), ("bytes=-0", 416), ("bytes=9-2", 400), ("lines=1-2", 400)]
)
async def test_a_range_that_is_none_is_refused_in_our_shape(kept: Kept, asked: str, status: int) -> None:
    answer = await kept.face.http.get(kept.url, headers={"Range": asked})
    assert answer.status_code == status
    assert_error(answer)


async def test_a_download_leads_to_the_same_origin(kept: Kept) -> None:
    for part, rows in (("time_series", 200), ("steps", 4)):
        answer = await kept.face.http.get(f"/cell_measurements/{kept.id}/{part}/download")
        assert answer.status_code == 302
        assert answer.headers["location"].startswith(
            f"{str(kept.face.http.base_url).rstrip('/')}/storage/measurements/"
        )
        body = (await kept.face.http.get(answer.headers["location"])).content
        assert pl.read_parquet(io.BytesIO(body)).height == rows


async def test_steps_are_served_in_ranges_too(kept: Kept) -> None:
    url = (await kept.face.http.get(f"/cell_measurements/{kept.id}/steps/download")).headers["location"]
    whole = (await kept.face.http.get(url)).content
    assert int((await kept.face.http.head(url)).headers["content-length"]) == len(whole)
    assert (await kept.face.http.get(url, headers={"Range": "bytes=-1000000"})).content == whole
    assert (await kept.face.http.get(url, headers={"Range": "bytes=4-9"})).content == whole[4:10]
    steps = pl.read_parquet(io.BytesIO(whole))
    assert (
        steps.to_dict(as_series=False) == (await kept.face.ask("GET", f"/cell_measurements/{kept.id}/steps"))["steps"]
    )


async def test_polars_reads_a_window_through_the_address(kept: Kept) -> None:
    """As release 0.38.0 does for `row_range`: HEAD, then ranges, of which one is a suffix longer than the file."""
    import anyio.to_thread  # noqa: PLC0415

    window = await anyio.to_thread.run_sync(lambda: pl.scan_parquet(kept.url).slice(20, 30).collect())
    assert window.equals(samples().slice(20, 30))


def changed(url: str, **query: str) -> str:
    given = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()} | query
    return f"{url.partition('?')[0]}?" + "&".join(f"{name}={value}" for name, value in given.items())


async def test_only_what_was_signed_passes(kept: Kept) -> None:
    path = urlsplit(kept.url).path
    for url in (
        kept.url.partition("?")[0],
        changed(kept.url, signature="0" * 64),
        changed(kept.url, signature=""),
        changed(kept.url, expires="99999999999"),
        changed(kept.url, expires="-1"),
        changed(kept.url, expires="9" * 400),
        kept.url.replace(path, path.replace("time_series", "steps")),
        kept.url.replace(kept.id, "other"),
    ):
        answer = await kept.face.http.get(url)
        assert (answer.status_code, answer.json()["error_code"]) == (403, "FORBIDDEN")
        assert_error(answer)


async def test_an_address_to_put_is_not_one_to_get(kept: Kept) -> None:
    instance = await kept.face.instance("other")
    opened = await kept.face.opened(instance["id"])
    assert (await kept.face.http.get(opened["signed_url"])).status_code == 405
    answer = await kept.face.http.put(opened["signed_url"], content=gzip_like(), headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert (await kept.face.http.put(opened["signed_url"] + "0", content=b"x")).status_code == 403


def gzip_like() -> bytes:
    return b"\x1f\x8b"


async def test_an_address_expires(tmp_path: Path) -> None:
    async with running(tmp_path / "data", download_expires_s=1.0) as face:
        told = await face.uploaded((await face.instance())["id"])
        url = (await face.ask("GET", f"/cell_measurements/{told['id']}/time_series/signed_url"))["signed_url"]
        expires = int(parse_qs(urlsplit(url).query)["expires"][0])
        with time_machine.travel(expires + 1, tick=True):
            assert (await face.http.get(url)).status_code == 403


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({"X-Forwarded-Proto": "https", "X-Forwarded-Host": "lab.example"}, "https://lab.example"),
        ({"X-Forwarded-Host": "lab.example", "X-Forwarded-Prefix": "/cells"}, "http://lab.example/cells"),
        ({"Host": "lab.example:8443"}, "http://lab.example:8443"),
    ],
)
async def test_an_address_leads_back_the_way_the_client_came(kept: Kept, headers: dict[str, str], base: str) -> None:
    path = f"/cell_measurements/{kept.id}/time_series/signed_url"
    url = (await kept.face.ask("GET", path, headers=headers))["signed_url"]
    assert url.startswith(f"{base}/storage/measurements/{kept.id}/")
    there = kept.face.http.base_url
    assert (await kept.face.http.get(str(there).rstrip("/") + url.removeprefix(base))).content == BODY


async def test_a_configured_address_goes_before_all(tmp_path: Path) -> None:
    async with running(tmp_path / "data", public_url="https://cells.example/api/") as face:
        opened = await face.opened((await face.instance())["id"])
        assert opened["signed_url"].startswith("https://cells.example/api/storage/uploads/")


async def test_what_was_deleted_is_404(face: Face, instance_id: str) -> None:
    told = await face.uploaded(instance_id)
    path = f"/cell_measurements/{told['id']}"
    url = (await face.ask("GET", f"{path}/time_series/signed_url"))["signed_url"]
    steps = (await face.http.get(f"{path}/steps/download")).headers["location"]
    await face.ask("DELETE", path, 204)
    for gone in (url, steps):
        answer = await face.http.get(gone)
        assert answer.status_code == 404
        assert_error(answer)


async def test_the_detail_has_it_all(kept: Kept) -> None:
    path = f"/cell_measurements/{kept.id}"
    detail = await kept.face.ask("GET", f"{path}/detail")
    assert detail["measurement"] == await kept.face.ask("GET", path)
    instance = await kept.face.ask("GET", f"/cell_instances/{detail['instance']['id']}")
    assert detail["specification"] == {"id": instance["cell_specification_id"]}
    assert detail["time_series"] == samples().to_dict(as_series=False)
    both = await kept.face.ask("GET", f"{path}/steps_and_cycles")
    assert both == {"steps": detail["steps"], "cycles": detail["cycles"]}
    assert both["cycles"] == (await kept.face.ask("GET", f"{path}/cycles"))["cycles"]
    assert both["steps"]["Step count"] == [0, 1, 2, 3]
    assert both["cycles"]["Cycle count"] == [0, 1]


async def test_fractions_keep_their_point_on_the_wire(kept: Kept) -> None:
    answer = await kept.face.http.get(f"/cell_measurements/{kept.id}/steps")
    assert '"Start time [s]":[0.0,' in answer.text
    assert '"Step count":[0,1,2,3]' in answer.text
    assert "NaN" not in answer.text

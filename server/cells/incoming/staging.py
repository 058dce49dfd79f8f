"""Uploads that are open: what was put so far waits here for its confirmation, also over a restart."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import orjson

from clients.cells.models import MeasurementType
from schema.cells.refusals import LimitReached, UploadNotFound
from server.cells.documents.refusing import Refused, busy, too_large
from server.cells.limits import Limits
from server.clock import Clock
from server.stores.blobs import Blobs

UPLOADS = "uploads"
MANIFEST = "upload.json"
SAMPLES, STEPS, EXTENSION = "time_series.parquet", "steps.parquet", "time_series_extend.parquet"


@dataclass(frozen=True, slots=True)
class Upload:
    """An open upload. `measurement_id` is to be the new measurement's own, or is that of the one to extend."""

    measurement_id: str
    instance_id: str
    name: str
    measurement_type: MeasurementType
    filenames: tuple[str, ...]
    opened_at: datetime
    is_extension: bool = False

    def key(self, filename: str) -> str:
        """Where to put this file; files of others are numbered, since they may be called anything."""
        is_ours = self.measurement_type is not MeasurementType.FILE
        return f"{self.measurement_id}/{filename if is_ours else self.filenames.index(filename)}"

    def filename(self, key: str) -> str | None:
        """The file that is to be put under this key."""
        return next((filename for filename in self.filenames if self.key(filename) == key), None)


class Staging:
    """The open uploads and their bytes, both bounded. Event loop only, but for `restore`."""

    def __init__(self, blobs: Blobs, clock: Clock, limits: Limits) -> None:
        self._blobs = blobs
        self._clock = clock
        self._limits = limits
        self._open: dict[str, Upload] = {}
        self._sizes: dict[str, int] = {}
        self._coming_bytes = 0
        self._putting: Counter[str] = Counter()

    def restore(self, sizes: Mapping[str, int]) -> None:
        """Take up again what was open when the last process ended; `sizes` is what there is in the folder."""
        for name in sizes:
            if name.startswith(f"{UPLOADS}/") and name.endswith(f"/{MANIFEST}"):
                upload = _read(self._blobs.path(name).read_bytes())
                if upload is not None:
                    self._open[upload.measurement_id] = upload
        places = {_blob(each.key(filename)) for each in self._open.values() for filename in each.filenames}
        self._sizes = {name: size for name, size in sizes.items() if name in places}

    async def open(self, upload: Upload) -> None:
        """Expect its files. Raises Refused (LimitReached)."""
        most = self._limits.max_open_uploads
        if upload.measurement_id not in self._open and len(self._open) >= most:
            raise Refused(LimitReached(message=f"{most:,} uploads are open; confirm those first.", limit=most))
        self._open[upload.measurement_id] = upload
        try:
            manifest = orjson.dumps(asdict(upload))
            await self._blobs.put(_manifest(upload.measurement_id), _once(manifest), len(manifest))
        except BaseException:  # cancelled too, the client was told of no upload
            self._open.pop(upload.measurement_id, None)
            raise

    def find(self, measurement_id: str, *, is_extension: bool) -> Upload:
        """Raises Refused (UploadNotFound) for one that is not open, MeasurementBusy while a file is coming in."""
        upload = self._open.get(measurement_id)
        if upload is None or upload.is_extension is not is_extension or self._is_late(upload):
            raise Refused(not_found())
        if self._putting[measurement_id]:
            raise Refused(busy(measurement_id))
        return upload

    def staged(self, upload: Upload) -> dict[str, str]:
        """The blobs that were put, by filename."""
        blobs = {filename: _blob(upload.key(filename)) for filename in upload.filenames}
        return {filename: blob for filename, blob in blobs.items() if blob in self._sizes}

    async def put(self, key: str, body: AsyncIterator[bytes], declared_bytes: int | None) -> None:
        """Keep the body in the place of what was put there before. Raises Refused, TooLongError, and the body's own."""
        upload = self._open.get(key.partition("/")[0])
        if upload is None or self._is_late(upload) or upload.filename(key) is None:
            raise Refused(not_found())
        if declared_bytes is not None and declared_bytes > self._limits.max_upload_bytes:
            raise Refused(too_large(self._limits.max_upload_bytes))
        self._check_room(declared_bytes or 0)
        blob = _blob(key)
        with self._coming(upload) as reserved:
            size = await self._blobs.put(blob, reserved.through(body), self._limits.max_upload_bytes)
        self._sizes[blob] = size

    async def close(self, measurement_id: str) -> None:
        """Forget the upload and what was put for it."""
        upload = self._open.pop(measurement_id, None)
        if upload is not None:
            blobs = [_blob(upload.key(filename)) for filename in upload.filenames]
            await self._blobs.delete([*blobs, _manifest(measurement_id)])
            for blob in blobs:
                self._sizes.pop(blob, None)

    def open_ids(self) -> frozenset[str]:
        """The measurements whose uploads are open, late ones too."""
        return frozenset(self._open)

    def new_ids(self) -> frozenset[str]:
        """Those of them that are to be new measurements."""
        return frozenset(each.measurement_id for each in self._open.values() if not each.is_extension)

    def late(self) -> frozenset[str]:
        """The uploads that were open for too long, and for which nothing is coming in."""
        return frozenset(key for key, each in self._open.items() if self._is_late(each) and not self._putting[key])

    def _is_late(self, upload: Upload) -> bool:
        return self._clock.now() - upload.opened_at > timedelta(seconds=self._limits.upload_expires_s)

    def _check_room(self, coming: int) -> None:
        most = self._limits.max_staged_bytes
        if sum(self._sizes.values()) + self._coming_bytes + coming > most:
            message = f"Uploads that wait for their confirmation hold {most:,} bytes together; confirm those first."
            raise Refused(LimitReached(message=message, limit=most))

    @contextmanager
    def _coming(self, upload: Upload) -> Iterator[_Reserved]:
        reserved = _Reserved(self)
        self._putting[upload.measurement_id] += 1
        try:
            yield reserved
        finally:
            self._coming_bytes -= reserved.size
            self._putting[upload.measurement_id] -= 1
            if not self._putting[upload.measurement_id]:
                del self._putting[upload.measurement_id]

    def reserve(self, size: int) -> None:
        """Count bytes that are coming in. Raises Refused (LimitReached)."""
        self._check_room(size)
        self._coming_bytes += size


class _Reserved:
    """The bytes of one body while it comes in."""

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self.size = 0

    async def through(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for part in body:
            self._staging.reserve(len(part))
            self.size += len(part)
            yield part


def not_found() -> UploadNotFound:
    """Nothing is open here."""
    return UploadNotFound(message="There is no such upload, or it was open for too long; open it anew.")


def _blob(key: str) -> str:
    return f"{UPLOADS}/{key}"


def _manifest(measurement_id: str) -> str:
    return f"{UPLOADS}/{measurement_id}/{MANIFEST}"


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _read(manifest: bytes) -> Upload | None:
    """None for one that a crash cut off: nobody was told of that upload."""
    try:
        kept = orjson.loads(manifest)
        return Upload(
            measurement_id=kept["measurement_id"],
            instance_id=kept["instance_id"],
            name=kept["name"],
            measurement_type=MeasurementType(kept["measurement_type"]),
            filenames=tuple(kept["filenames"]),
            opened_at=datetime.fromisoformat(kept["opened_at"]),
            is_extension=kept["is_extension"],
        )
    except (ValueError, KeyError, TypeError):
        return None

"""What the API asks for addresses that need no key: where files are fetched from, and put."""

from __future__ import annotations

from typing import Protocol


class Links(Protocol):
    """Absolute URLs on the address that the client came by; each is good for one method and path, and expires."""

    def upload(self, key: str) -> str:
        """PUT the bytes of `UploadTarget.key` there."""

    def samples(self, measurement_id: str) -> str:
        """GET a measurement's samples as Parquet there; byte ranges are served."""

    def steps(self, measurement_id: str) -> str:
        """GET a measurement's steps as Parquet there."""

    def file(self, measurement_id: str, filename: str) -> str:
        """GET a file of a FILE measurement there."""

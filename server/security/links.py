"""Where files are fetched from and put: one place for the paths, signed and made absolute."""

from __future__ import annotations

from dataclasses import dataclass

from server.security.signing import Signer

UPLOADS = "/storage/uploads"
MEASUREMENTS = "/storage/measurements"


@dataclass(frozen=True, slots=True)
class SignedLinks:
    """See `schema.ports.Links`. `base_url` is the address that the client came by, without a trailing slash."""

    base_url: str
    signer: Signer
    upload_expires_s: float
    download_expires_s: float

    def upload(self, key: str) -> str:
        """See the port."""
        return self.base_url + self.signer.signed("PUT", f"{UPLOADS}/{key}", self.upload_expires_s)

    def samples(self, measurement_id: str) -> str:
        """See the port."""
        return self._download(f"{MEASUREMENTS}/{measurement_id}/time_series.parquet")

    def steps(self, measurement_id: str) -> str:
        """See the port."""
        return self._download(f"{MEASUREMENTS}/{measurement_id}/steps.parquet")

    def file(self, measurement_id: str, filename: str) -> str:
        """See the port."""
        return self._download(f"{MEASUREMENTS}/{measurement_id}/files/{filename}")

    def _download(self, path: str) -> str:
        return self.base_url + self.signer.signed("GET", path, self.download_expires_s)

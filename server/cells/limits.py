"""How much the lab takes and keeps: every limit of it, by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, rows and seconds, as the names say.

    `max_document_bytes` bounds a JSON body after inflating; `max_upload_bytes` one file; `max_staged_bytes` all files
    that are uploaded and not confirmed. `upload_expires_s` is how long an upload may stay open, `download_expires_s`
    how long a signed URL works. `max_rows_at_once` bounds the samples decoded at a time while one is read in,
    `overviews_in_memory` how many overviews are kept open, `chart_numbers_in_memory` the numbers (8 bytes
    each) of the charts that were answered last. Of an uploaded Parquet file `max_footer_bytes` bounds the
    footer, `max_group_bytes` what a row group declares to hold when inflated, `max_values` rows times numeric columns.
    `max_open_uploads` may wait for their confirmation at a time; every `sweep_every_s` those that are late are
    forgotten, with whatever else no row names. `recordings_in_memory` running tests are appended to without looking
    back at their rows.
    """

    max_document_bytes: int = 20_000_000
    max_upload_bytes: int = 900_000_000
    max_staged_bytes: int = 5_000_000_000
    max_files: int = 50
    max_open_uploads: int = 1_000
    max_rows: int = 100_000_000
    max_columns: int = 200
    max_values: int = 1_000_000_000
    max_footer_bytes: int = 16_000_000
    max_group_bytes: int = 2_000_000_000
    max_rows_at_once: int = 1_048_576
    max_append_rows: int = 100_000
    max_recording_rows: int = 50_000_000
    max_listed: int = 10_000
    upload_expires_s: float = 3_600.0
    download_expires_s: float = 3_600.0
    ingest_threads: int = 1
    series_threads: int = 2
    overviews_in_memory: int = 256
    chart_numbers_in_memory: int = 4_000_000
    recordings_in_memory: int = 256
    sweep_every_s: float = 600.0

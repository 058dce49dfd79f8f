"""How much one request and one socket may ask for; the section `[graphql]` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Every number is above 0. With `report_only` what is over a limit of the document is counted and let through."""

    max_document_bytes: int = 15_000
    max_tokens: int = 1_000
    max_depth: int = 12
    max_aliases: int = 30
    max_directives: int = 50
    max_comparisons: int = 20_000
    max_cost: int = 5_000
    operation_timeout_s: float = 30.0
    body_timeout_s: float = 10.0
    cached_documents: int = 1_000
    cached_document_bytes: int = 32_000_000
    socket_init_timeout_s: float = 10.0
    socket_ping_s: float = 30.0
    max_operations_per_socket: int = 100
    max_sockets: int = 10_000
    mailbox_events: int = 256
    mailbox_bytes: int = 1_000_000
    slow_reader_s: float = 10.0
    report_only: bool = False

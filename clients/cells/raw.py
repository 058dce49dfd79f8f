"""Any call of the REST face, for what has no method of its own."""

from __future__ import annotations

from collections.abc import Mapping

from clients.cells.bodies import body
from clients.cells.operations import Json, Operation, Plain, Request, ask, operation


class RawRoom(Plain):
    """Calls by path, which is relative to the server's address; answers are parsed JSON, None for empty ones."""

    @operation
    def get(self, path: str, params: Mapping[str, str] | None = None) -> Operation[Json]:
        """GET. Raises CellsError, and so do the others."""
        return (yield from ask(Request("GET", _below(path), params or {})))

    @operation
    def post(self, path: str, data: object = None) -> Operation[Json]:
        """POST; never repeated."""
        return (yield from ask(Request("POST", _below(path), body=body(data))))

    @operation
    def put(self, path: str, data: object = None) -> Operation[Json]:
        """PUT; never repeated."""
        return (yield from ask(Request("PUT", _below(path), body=body(data))))

    @operation
    def patch(self, path: str, data: object = None) -> Operation[Json]:
        """PATCH; never repeated."""
        return (yield from ask(Request("PATCH", _below(path), body=body(data))))

    @operation
    def delete(self, path: str) -> Operation[Json]:
        """DELETE; repeated when the connection breaks, which a second one does not mind."""
        return (yield from ask(Request("DELETE", _below(path))))


def _below(path: object) -> str:
    """A path on the server. ValueError for addresses: the key goes nowhere else."""
    if not isinstance(path, str) or "://" in path.partition("?")[0] or not path.isprintable():
        raise ValueError(f"{path!r:.100} is no path; write it like /cell_specifications")
    return "/" + path.lstrip("/")

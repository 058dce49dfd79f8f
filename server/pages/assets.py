"""The files that the pages are made of. `make web` builds them; their names change whenever their content does."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

BUILT = Path(__file__).parent / "graphiql"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
"""Our own list: a machine's own may call a script plain text, which browsers then refuse to run."""
KEPT = {"cache-control": "public, max-age=31536000, immutable"}


class Assets:
    """Those that were there at the start, and no other file; none before `make web`."""

    def __init__(self, folder: Path = BUILT) -> None:
        found = folder.iterdir() if folder.is_dir() else ()
        self._files = {path.name: path for path in found if path.suffix in MEDIA_TYPES}

    async def answer(self, request: Request) -> Response:
        """The file that the path's `name` names, or 404."""
        path = self._files.get(request.path_params["name"])
        if path is None:
            return PlainTextResponse("There is no such file.\n", status_code=404)
        return FileResponse(path, headers=KEPT, media_type=MEDIA_TYPES[path.suffix])

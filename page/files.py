"""The page's own style, scripts and pictures: read once, so that no request names a file."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

PLACE = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Static:
    """Hold one file as it is sent."""

    plain: bytes
    packed: bytes
    tag: str
    type: str


class Files:
    """Hold the files below `static/` by their names."""

    def __init__(self) -> None:
        self._files = {path.name: _read(path) for path in PLACE.iterdir() if path.is_file()}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Give a file, packed where the browser takes that, or say that it has it already."""
        found = self._files.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound(text="no such file\n")
        # Asked anew at each view, which costs no more than the answer that nothing has changed.
        headers = {"ETag": found.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if request.headers.get("If-None-Match") == found.tag:
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = found.type
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=found.packed, headers={**headers, "Content-Encoding": "gzip"})
        return web.Response(body=found.plain, headers=headers)


def _read(path: Path) -> Static:
    plain = path.read_bytes()
    return Static(
        plain=plain,
        packed=gzip.compress(plain, 9, mtime=0),
        tag=f'"{hashlib.sha256(plain).hexdigest()[:20]}"',
        type=_TYPES[path.suffix],
    )

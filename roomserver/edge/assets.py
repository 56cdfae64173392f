"""
The page's files, read once, compressed once, kept for ever by browsers.

They are served under a prefix made from their contents: another version has other
addresses, so nothing is ever stale and nothing is asked for twice. A page names all its
stylesheets in one address, ``css/a+b.css``: together they are half as long compressed.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from roomserver.core.errors import NotFound

_COMPRESSED: Final = frozenset(
    {
        "text/css",
        "text/javascript",
        "application/json",
        "image/svg+xml",
        "application/manifest+json",
    }
)
_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}

JOINED_MAX: Final = 32
"""Sets of stylesheets that are kept: each page has one of its own, and all have one in common."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    content_type: str
    body: bytes
    gzipped: bytes | None


class Assets:
    """All files of the page except its templates."""

    def __init__(self, folder: Path) -> None:
        self._joined: dict[str, Asset] = {}
        self._assets = {path.relative_to(folder).as_posix(): _read(path) for path in _files(folder)}
        digest = hashlib.sha256()
        for name, asset in self._assets.items():
            digest.update(name.encode() + b"\0" + asset.body)
        self.prefix = f"/assets/{digest.hexdigest()[:12]}/"

    @property
    def names(self) -> list[str]:
        return list(self._assets)

    async def serve(self, request: web.Request) -> web.Response:
        """``GET /assets/{version}/{name}``."""
        asset = self._find(request.match_info["name"])
        is_current = request.path.startswith(self.prefix)
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if is_current else "no-cache"
        }
        if asset.gzipped is None:
            return web.Response(body=asset.body, content_type=asset.content_type, headers=headers)
        headers["Vary"] = "Accept-Encoding"
        body = asset.body
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = asset.gzipped
        return web.Response(
            body=body, content_type=asset.content_type, charset="utf-8", headers=headers
        )

    def _find(self, name: str) -> Asset:
        asset = self._assets.get(name) or self._joined.get(name)
        if asset is None:
            folder, _, names = name.removesuffix(".css").rpartition("/")
            parts = [self._assets.get(f"{folder}/{part}.css") for part in names.split("+")]
            sheets = [part.body for part in parts if part is not None]
            is_set = len(sheets) == len(parts) == len(set(names.split("+")))
            if not is_set or not name.endswith(".css"):
                raise NotFound
            asset = _asset(b"\n".join(sheets), "text/css")
            if len(self._joined) < JOINED_MAX:
                self._joined[name] = asset
        return asset


def web_folder() -> Path:
    """Return where the page's files are: beside the package in a checkout, else inside it."""
    package = Path(__file__).parent.parent
    installed = package / "web"
    return installed if installed.is_dir() else package.parent / "web"


def _files(folder: Path) -> Iterator[Path]:
    templates = folder / "templates"
    for path in sorted(folder.rglob("*")):
        if path.is_file() and templates not in path.parents and not path.name.startswith("."):
            yield path


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    content_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return _asset(body, content_type or "application/octet-stream")


def _asset(body: bytes, content_type: str) -> Asset:
    gzipped = gzip.compress(body, mtime=0) if content_type in _COMPRESSED else None
    return Asset(content_type, body, gzipped)

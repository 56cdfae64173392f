"""Files of the page that have to be at the root: they belong to no version."""

import json
from pathlib import Path
from typing import Final

from aiohttp import web

from roomserver.edge.assets import Assets
from roomserver.edge.bundle import bundled

_NOT_OF_THE_SHELL: Final = ("LICENSE", "css/", "js/client.js", "service_worker.js", "vendor/")


class RootFiles:
    """``/service_worker.js`` and ``/client.js``, made from the files in *folder*."""

    def __init__(self, folder: Path, assets: Assets) -> None:
        files = [name for name in assets.names if not _is_other(name)]
        shell = json.dumps({"prefix": assets.prefix, "files": files}, indent=2)
        code = (folder / "service_worker.js").read_text(encoding="utf-8")
        self._service_worker = f"const SHELL = {shell}\n\n{code}"
        self._client = bundled(folder / "js", "client.js")

    async def service_worker(self, _request: web.Request) -> web.Response:
        """``GET /service_worker.js``: another one for each version, so that browsers notice."""
        return web.Response(text=self._service_worker, content_type="text/javascript")

    async def client(self, _request: web.Request) -> web.Response:
        """``GET /client.js``: a client to import, in one file."""
        return web.Response(text=self._client, content_type="text/javascript")


def _is_other(name: str) -> bool:
    return any(part in name for part in _NOT_OF_THE_SHELL)

"""``GET /api/v1/openapi.json`` and ``/api/v1/asyncapi.json``."""

import msgspec
from aiohttp import web

from roomserver.edge.body import json_answer
from roomserver.edge.description.asyncapi import asyncapi
from roomserver.edge.description.openapi import openapi
from roomserver.edge.identity import is_secure
from roomserver.edge.keys import SITE


class Descriptions:
    """Written down when they are first asked for."""

    def __init__(self) -> None:
        self._openapi: bytes | None = None

    async def openapi(self, request: web.Request) -> web.Response:
        """``GET /api/v1/openapi.json``: every address that there is, as OpenAPI 3.1."""
        if self._openapi is None:
            described = openapi(request.app.router, version=request.app[SITE].version)
            self._openapi = msgspec.json.encode(described)
        return web.Response(body=self._openapi, content_type="application/json")

    async def asyncapi(self, request: web.Request) -> web.Response:
        """``GET /api/v1/asyncapi.json``: the WebSocket, as AsyncAPI 3."""
        version = request.app[SITE].version
        return json_answer(
            asyncapi(version=version, host=request.host, is_secure=is_secure(request))
        )

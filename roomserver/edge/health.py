"""``GET /health``: for people, for scripts and for whatever restarts the server."""

from aiohttp import web

from roomserver.edge.body import json_answer
from roomserver.edge.keys import SERVER


async def health(request: web.Request) -> web.Response:
    """``GET /health``: the state of every part. 200 while messages can be stored, else 503."""
    report = await request.app[SERVER].health.report()
    return json_answer(report, status=503 if report.status == "down" else 200)


async def live(_request: web.Request) -> web.Response:
    """``GET /health/live``: the process answers. If not, restart it."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """``GET /health/ready``: new connections are welcome. If not, send them elsewhere."""
    is_ready = request.app[SERVER].is_ready
    status = "ok" if is_ready else "not ready"
    return web.json_response({"status": status}, status=200 if is_ready else 503)

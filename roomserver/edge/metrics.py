"""``GET /metrics``: for Prometheus and whatever reads its format."""

from aiohttp import web

from roomserver.core.errors import Forbidden
from roomserver.core.exposition import CONTENT_TYPE, exposition
from roomserver.core.policy import may_watch
from roomserver.edge.caller import caller_of
from roomserver.edge.keys import SERVER, SITE
from roomserver.service.metrics import gathered


async def metrics(request: web.Request) -> web.Response:
    """``GET /metrics``: what this instance measures, private rooms in the sums."""
    if not request.app[SITE].is_open and not may_watch(await caller_of(request)):
        raise Forbidden("The server's owner may see that, and a token with the right metrics.")
    text = exposition(await gathered(request.app[SERVER]))
    return web.Response(body=text.encode(), headers={"Content-Type": CONTENT_TYPE})

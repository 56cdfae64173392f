"""``GET /ws/stats``: how many are connected, and where."""

from aiohttp import web

from roomserver.edge.keys import SERVER


async def connection_stats(request: web.Request) -> web.Response:
    """``GET /ws/stats``: connections and people, in all and of each room that has any."""
    counts = request.app[SERVER].hub.counts()
    return web.json_response(
        {
            "total_connections": sum(connections for connections, _users in counts.values()),
            "total_rooms": len(counts),
            "rooms": {
                str(room_id): {"connections": connections, "users": users}
                for room_id, (connections, users) in sorted(counts.items())
            },
        }
    )

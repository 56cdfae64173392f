"""``GET /ws/stats``: how many are connected, and where."""

from aiohttp import web

from roomserver.edge.keys import SERVER


async def connection_stats(request: web.Request) -> web.Response:
    """``GET /ws/stats``: connections and people, in all and of each room that has any."""
    counts = await request.app[SERVER].stats.counts()
    return web.json_response(
        {
            "total_connections": sum(count.connections for count in counts.values()),
            "total_rooms": len(counts),
            "rooms": {
                str(room_id): {"connections": count.connections, "users": len(count.user_ids)}
                for room_id, count in sorted(counts.items())
            },
        }
    )

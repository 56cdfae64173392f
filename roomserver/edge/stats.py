"""``GET /ws/stats``: how many are connected, and where."""

from aiohttp import web

from roomserver.edge.access import reader_of
from roomserver.edge.keys import SERVER


async def connection_stats(request: web.Request) -> web.Response:
    """``GET /ws/stats``: connections and people, in all and of each room that has any."""
    server = request.app[SERVER]
    sees = await server.rights.sees(await reader_of(request))
    # In the sums neither: they would tell of a room that isn't listed.
    counts = {room: count for room, count in (await server.stats.counts()).items() if sees(room)}
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

"""How many are connected and how much they say: in short, and as the stats page shows it."""

from aiohttp import web

from roomserver.core.figures import dashboard
from roomserver.core.policy import may_watch
from roomserver.edge.access import reader_of
from roomserver.edge.body import json_answer
from roomserver.edge.keys import SERVER, SITE
from roomserver.edge.pages import drawn
from roomserver.service.stats import TELL_EVERY_S


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


@drawn("stats.html")
async def stats_page(request: web.Request) -> dict[str, object]:
    """``GET /stats``: the same figures as charts and tables, live."""
    return {"version": request.app[SITE].version}


async def last_minutes(request: web.Request) -> web.Response:
    """``GET /api/v1/stats``: the figures of the last minutes, over all instances."""
    server = request.app[SERVER]
    reader = await reader_of(request)
    sees = await server.rights.sees(reader)
    rooms = [room for room, _ in await server.rooms.listing() if sees(room.id)]
    sees_all = request.app[SITE].is_open or may_watch(reader)
    shown = dashboard(server.stats.samples, rooms, every_s=TELL_EVERY_S, sees_all=sees_all)
    return json_answer(shown)

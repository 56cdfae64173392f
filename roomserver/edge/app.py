"""The application: every address on one page."""

from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web

from roomserver.edge import (
    api,
    following,
    health,
    links,
    metrics,
    moderation,
    pages,
    posting,
    search,
    socket,
    stats,
)
from roomserver.edge.account_routes import ACCOUNT_ROUTES, only_known_people
from roomserver.edge.assets import Assets, web_folder
from roomserver.edge.description.serving import Descriptions
from roomserver.edge.keys import PATIENCE, SERVER, SITE, SWITCHBOARD, TEMPLATES, Site
from roomserver.edge.middleware import BODY_BYTES_MAX, add_security_headers, refusals_as_json
from roomserver.edge.root_files import RootFiles
from roomserver.edge.site import Patience
from roomserver.edge.switchboard import Switchboard
from roomserver.edge.templates import Templates
from roomserver.edge.writing import patiently_written
from roomserver.service.server import Server

HANDLERS_S_MAX: Final = 3.0
"""How long those who are connected may take to go, once they were told to."""


def build_app(server: Server, site: Site) -> web.Application:
    """Put *server* behind its addresses."""
    middlewares = [patiently_written, refusals_as_json, only_known_people]
    app = web.Application(middlewares=middlewares, client_max_size=BODY_BYTES_MAX)
    app[SERVER] = server
    app[SITE] = site
    app[PATIENCE] = Patience()
    app[SWITCHBOARD] = Switchboard(server.limits)
    app.cleanup_ctx.append(_lines_are_looked_after)
    app.on_shutdown.append(_lines_are_closed)
    app.on_response_prepare.append(add_security_headers)
    assets = Assets(web_folder())
    app[TEMPLATES] = Templates(web_folder() / "templates", {"assets": assets.prefix})
    root_files = RootFiles(web_folder(), assets)
    descriptions = Descriptions()
    app.add_routes(
        [
            web.get("/", pages.room_page),
            web.get("/rooms/{room}", pages.room_page),
            web.get("/rooms/{room}/qr.svg", links.room_qr),
            web.get("/rooms/{room}/{message_id}", pages.room_page),
            web.get("/assets/{version}/{name:.+}", assets.serve),
            web.get("/service_worker.js", root_files.service_worker),
            web.get("/client.js", root_files.client),
            web.get("/stats", stats.stats_page),
            web.get("/ws/stats", stats.connection_stats),
            web.get("/ws/{room}", socket.room_socket),
            web.get("/health", health.health),
            web.get("/health/live", health.live),
            web.get("/health/ready", health.ready),
            web.get("/metrics", metrics.metrics),
            web.get("/api/v1/openapi.json", descriptions.openapi),
            web.get("/api/v1/asyncapi.json", descriptions.asyncapi),
            web.get("/api/v1/stats", stats.last_minutes),
            *ACCOUNT_ROUTES,
            web.get("/api/v1/rooms", api.list_rooms),
            web.post("/api/v1/rooms", api.create_room),
            web.get("/api/v1/rooms/{room}", api.show_room),
            web.patch("/api/v1/rooms/{room}", api.change_room),
            web.delete("/api/v1/rooms/{room}", api.archive_room),
            web.get("/api/v1/rooms/{room}/messages", api.list_messages),
            web.post("/api/v1/rooms/{room}/messages", posting.post_message),
            # A HEAD would never be answered to the end.
            web.get("/api/v1/rooms/{room}/events", following.room_events, allow_head=False),
            web.get("/api/v1/rooms/{room}/link", links.room_link),
            web.post("/api/v1/qr", links.link_qr),
            web.get("/api/v1/rooms/{room}/search", search.search_messages),
            web.get("/api/v1/rooms/{room}/members", api.list_members),
            web.patch("/api/v1/rooms/{room}/members/{user}", moderation.change_member),
            web.delete("/api/v1/rooms/{room}/members/{user}", moderation.remove_member),
            web.get("/api/v1/rooms/{room}/settings", moderation.show_settings),
            web.patch("/api/v1/rooms/{room}/settings", moderation.change_settings),
            web.get("/api/v1/rooms/{room}/invites", moderation.list_invitations),
            web.post("/api/v1/rooms/{room}/invites", moderation.make_invitation),
            web.delete("/api/v1/rooms/{room}/invites/{invite}", moderation.take_back_invitation),
            web.get("/api/v1/rooms/{room}/audit", moderation.list_audit),
            web.post("/api/v1/invitation", moderation.show_invitation),
            web.post("/api/v1/join", moderation.join),
        ]
    )
    return app


async def _lines_are_looked_after(app: web.Application) -> AsyncIterator[None]:
    async with app[SWITCHBOARD].running() as loops:
        app[SERVER].supervisor.watch(loops)
        yield


async def _lines_are_closed(app: web.Application) -> None:
    await app[SWITCHBOARD].hang_up(within_s=HANDLERS_S_MAX)

"""The addresses of accounts, and the door that closes all others to whoever isn't known."""

from typing import Final

from aiohttp import web

from roomserver.edge import accounts
from roomserver.edge.caller import caller_of
from roomserver.edge.keys import SITE
from roomserver.edge.middleware import Handler
from roomserver.edge.pages import account_page, entry_page

ACCOUNT_ROUTES: Final = (
    web.get("/sign-in", entry_page("sign_in")),
    web.get("/sign-up", entry_page("sign_up")),
    web.get("/set-up", entry_page("set_up")),
    web.get("/join", entry_page("join")),
    web.get("/upgrade", entry_page("upgrade", for_known=True)),
    web.get("/reset", entry_page("reset")),
    web.get("/account", account_page),
    web.get("/api/v1/session", accounts.show_session),
    web.post("/api/v1/session", accounts.sign_in),
    web.delete("/api/v1/session", accounts.sign_out),
    web.post("/api/v1/set-up", accounts.set_up),
    web.post("/api/v1/guests", accounts.welcome_guest),
    web.post("/api/v1/account", accounts.sign_up),
    web.post("/api/v1/account/upgrade", accounts.upgrade),
    web.post("/api/v1/account/password", accounts.change_password),
    web.post("/api/v1/account/reset", accounts.reset_password),
    web.get("/api/v1/account/sessions", accounts.list_sessions),
    web.delete("/api/v1/account/sessions/{id}", accounts.end_session),
    web.post("/api/v1/account/invitations", accounts.invite),
    web.get("/api/v1/account/tokens", accounts.list_tokens),
    web.post("/api/v1/account/tokens", accounts.make_token),
    web.delete("/api/v1/account/tokens/{id}", accounts.take_back_token),
    web.get("/api/v1/users", accounts.list_users),
    web.patch("/api/v1/users/{id}", accounts.change_user),
    web.post("/api/v1/users/{id}/reset", accounts.make_reset_link),
)

_FOR_EVERYBODY: Final = frozenset(
    {
        "/",
        "/rooms/{room}",
        "/sign-in",
        "/sign-up",
        "/set-up",
        "/join",
        "/reset",
        "/upgrade",  # it sends to /sign-in
        "/account",  # so does this
        "/assets/{version}/{name}",
        "/service_worker.js",
        "/client.js",
        "/stats",
        "/health",
        "/health/live",
        "/health/ready",
        # These two ask themselves: a page must be told by a close code, an EventSource by a 200.
        "/ws/{room}",
        "/api/v1/rooms/{room}/events",
        "/api/v1/openapi.json",
        "/api/v1/asyncapi.json",
        "/api/v1/session",
        "/api/v1/account",
        "/api/v1/set-up",
        "/api/v1/account/reset",
        "/api/v1/guests",
        "/api/v1/invitation",
    }
)
"""What is answered to somebody whom nobody knows. Whatever is added is closed until it is here."""


@web.middleware
async def only_known_people(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Where people are known, answer nobody else, except at the addresses that let them in."""
    if not request.app[SITE].is_open:
        resource = request.match_info.route.resource
        if resource is not None and resource.canonical not in _FOR_EVERYBODY:
            await caller_of(request)
    return await handler(request)

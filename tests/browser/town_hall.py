"""A server of accounts, its owner's hands on its API, and whoever comes to its page."""

import re
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any

import aiohttp
from playwright.async_api import Page

from tests.support.servers import RoomServer

ACCOUNTS: Mapping[str, str] = {
    "ROOMSERVER_AUTH_MODE": "accounts",
    "ROOMSERVER_AUTH_SIGN_UP": "open",
}
PASSWORD = "a good password"  # noqa: S105 - a test's
NARROW = {"width": 320, "height": 568}
REFUSED = re.compile("Failed to load resource: the server responded with a status of 40")


class Member:
    """Somebody with an account, over HTTP, and the cookie that lets their browser in."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session
        self._cookie = ""
        self.user_id = 0
        self.username = ""

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return the answer to a request, which must not be refused."""
        headers = {"Origin": self.url, "Cookie": self._cookie}
        async with self._session.request(
            method, self.url + path, json=body, headers=headers
        ) as answer:
            assert answer.ok, await answer.text()
            if set_cookie := answer.headers.get("Set-Cookie"):
                ((name, morsel),) = SimpleCookie(set_cookie).items()
                self._cookie = f"{name}={morsel.value}"
            return await answer.json() if answer.content_type == "application/json" else None

    async def become(self, path: str, body: Mapping[str, object]) -> "Member":
        """Sign up, in, or set the server up."""
        facts = await self.ask("POST", path, body)
        self.user_id, self.username = facts["user_id"], facts["username"]
        return self

    async def sit_down(self, page: Page) -> None:
        """Be signed in at a browser, as whoever came to it by the sign-in page."""
        name, _, value = self._cookie.partition("=")
        await page.context.add_cookies([{"name": name, "value": value, "url": self.url}])

    async def invite(self, room: str = "general", **wanted: object) -> str:
        """Return the path of a link into a room."""
        made = await self.ask("POST", f"/api/v1/rooms/{room}/invites", wanted)
        return f"/join#{made['token']}"


class TownHall:
    """The server's owner, and the accounts that they make."""

    def __init__(self, server: RoomServer, session: aiohttp.ClientSession) -> None:
        self._server = server
        self._session = session

    async def owner(self, username: str = "Olga") -> Member:
        self._server.program.wait_for(r"/set-up#\S+", within_s=60)
        found = re.search(r"/set-up#(\S+)", self._server.log)
        assert found
        body = {"username": username, "password": PASSWORD, "link": found[1]}
        return await self._new().become("/api/v1/set-up", body)

    async def member(self, username: str) -> Member:
        body = {"username": username, "password": PASSWORD}
        return await self._new().become("/api/v1/account", body)

    async def sign_in(self, username: str, password: str = PASSWORD) -> Member:
        body = {"username": username, "password": password}
        return await self._new().become("/api/v1/session", body)

    async def guest(self, username: str, link: str) -> Member:
        body = {"username": username, "invitation": link.partition("#")[2]}
        return await self._new().become("/api/v1/guests", body)

    def _new(self) -> Member:
        return Member(self._server.url, self._session)

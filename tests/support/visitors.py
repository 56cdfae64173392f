"""Browsers and programs that use the API of a server of accounts."""

from typing import Any

from aiohttp import ClientResponse, ClientWebSocketResponse

from roomserver.edge.keys import SERVER
from tests.support.talk import Client, app_of, hear

PASSWORD = "correct horse battery"  # noqa: S105 - a test's


class Browser:
    """A browser with a cookie jar of its own, that says which page it is on."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.origin: str | None = f"http://{client.host}:{client.port}"
        self.cookie: str | None = None

    async def request(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> ClientResponse:
        self._client.session.cookie_jar.clear()
        answer = await self._client.request(
            method, path, json=body, headers={**self._headers(), **headers}
        )
        if "Set-Cookie" in answer.headers:
            name, morsel = next(iter(answer.cookies.items()))
            self.cookie = f"{name}={morsel.value}" if morsel.value else None
        return answer

    async def get(self, path: str) -> ClientResponse:
        return await self.request("GET", path)

    async def post(self, path: str, body: object = None) -> ClientResponse:
        return await self.request("POST", path, body)

    async def whoami(self) -> dict[str, Any]:
        facts: dict[str, Any] = await (await self.get("/api/v1/session")).json()
        return facts

    async def sign_in(self, username: str, password: str = PASSWORD) -> ClientResponse:
        return await self.post("/api/v1/session", {"username": username, "password": password})

    async def join(self, room: str = "general") -> ClientWebSocketResponse:
        """Connect and hear ``connected``."""
        socket = await self.connect(room)
        await hear(socket, "connected")
        return socket

    async def connect(self, room: str = "general") -> ClientWebSocketResponse:
        self._client.session.cookie_jar.clear()
        return await self._client.ws_connect(f"/ws/{room}", headers=self._headers())

    def _headers(self) -> dict[str, str]:
        headers = {} if self.origin is None else {"Origin": self.origin}
        return headers if self.cookie is None else {**headers, "Cookie": self.cookie}


async def owner_of(client: Client, username: str = "Olga") -> Browser:
    """Set the server up; return the browser of its owner."""
    accounts = app_of(client)[SERVER].accounts
    assert accounts is not None
    browser = Browser(client)
    link = await accounts.set_up_link()
    body = {"username": username, "password": PASSWORD, "link": link}
    answer = await browser.post("/api/v1/set-up", body)
    assert answer.status == 201, await answer.text()
    return browser


async def account_of(client: Client, owner: Browser, username: str) -> Browser:
    """Sign somebody up by an invitation of the owner's; return their browser."""
    made = await owner.post("/api/v1/account/invitations", {})
    invitation = (await made.json())["invitation"]
    browser = Browser(client)
    body = {"username": username, "password": PASSWORD, "invitation": invitation}
    answer = await browser.post("/api/v1/account", body)
    assert answer.status == 201, await answer.text()
    return browser

"""A link over aiohttp, and what else a client asks a server over HTTP."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

import aiohttp
import msgspec
from msgspec import Struct

from roomserver import __version__
from roomserver.cli.chat.address import Address
from roomserver.cli.chat.ending import Ended, after_close, after_refusal
from roomserver.core import events
from roomserver.core.heard import read_event

CONNECT_S_MAX: Final = 10.0
GOODBYE_S_MAX: Final = 2.0

HEARTBEAT_S: Final = 25.0
"""Twice within the 60 s after which nginx drops a silent connection (proxy_read_timeout)."""

FRAME_BYTES_MAX: Final = 64 * 2**20
"""Far more than a page of the longest messages."""

HANDSHAKE: Final = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
"""RFC 6455's own example, to be refused once more and be told why."""

_CLOSING: Final = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED)


class WebLink:
    """A :class:`~roomserver.cli.chat.link.Link` over an open WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._outgoing: asyncio.Queue[str] = asyncio.Queue()

    def send(self, frame: str) -> None:
        self._outgoing.put_nowait(frame)

    async def receive(self) -> str:
        while True:
            frame = await self._socket.receive()
            if frame.type is aiohttp.WSMsgType.TEXT:
                text: str = frame.data
                return text
            if frame.type is aiohttp.WSMsgType.ERROR or frame.type in _CLOSING:
                raise after_close(self._socket.close_code)

    async def write(self) -> None:
        """Write what is sent, for ever. The reading side notices first when the other is gone."""
        with suppress(ConnectionError):
            while True:
                await self._socket.send_str(await self._outgoing.get())


class _RoomStats(Struct, frozen=True):
    connections: int
    users: int


class _Stats(Struct, frozen=True):
    rooms: dict[str, _RoomStats]


class Web:
    """The ways to one server."""

    def __init__(self, http: aiohttp.ClientSession, address: Address) -> None:
        self._http = http
        self._address = address

    @asynccontextmanager
    async def dial(self, query: Mapping[str, str]) -> AsyncIterator[WebLink]:
        """Open a link (see :class:`~roomserver.cli.chat.link.Dial`)."""
        socket = await self._connect(self._address.socket(query))
        link = WebLink(socket)
        writing = asyncio.create_task(link.write(), name="writes to the server")
        try:
            yield link
        finally:
            writing.cancel()
            await asyncio.wait([writing])
            with suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(GOODBYE_S_MAX):
                    await socket.close()

    async def stats(self) -> Mapping[str, tuple[int, int]] | None:
        """Return connections and people of every room; None if the server doesn't answer."""
        try:
            async with asyncio.timeout(CONNECT_S_MAX):
                async with self._http.get(self._address.stats) as answer:
                    stats = msgspec.json.decode(await answer.read(), type=_Stats)
        except (TimeoutError, aiohttp.ClientError, msgspec.DecodeError):
            return None
        return {name: (room.connections, room.users) for name, room in stats.rooms.items()}

    async def _connect(self, url: str) -> aiohttp.ClientWebSocketResponse:
        host = self._address.host
        try:
            async with asyncio.timeout(CONNECT_S_MAX):
                return await self._http.ws_connect(
                    url, heartbeat=HEARTBEAT_S, max_msg_size=FRAME_BYTES_MAX
                )
        except aiohttp.WSServerHandshakeError as error:
            raise after_refusal(error.status, await self._reason(url)) from None
        except TimeoutError:
            raise Ended(f"Cannot connect to {host}: no answer in {CONNECT_S_MAX:.0f} s.") from None
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            raise Ended(f"{host} is no address of a server.", is_final=True) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Ended(
                f"Cannot connect to {host}: {_why(error)}. Is the server running?"
            ) from None

    async def _reason(self, url: str) -> str | None:
        # aiohttp keeps the status of a refused handshake and throws away the sentence.
        try:
            async with asyncio.timeout(CONNECT_S_MAX):
                async with self._http.get(url, headers=HANDSHAKE) as answer:
                    event = read_event(await answer.read()) if answer.status >= 400 else None
        except (TimeoutError, aiohttp.ClientError, OSError):
            return None
        return event.message if isinstance(event, events.Error) else None


@asynccontextmanager
async def web(address: Address, *, token: str | None = None) -> AsyncIterator[Web]:
    """Open what is needed to talk to the server at *address*; *token* says who one is there."""
    headers = {"User-Agent": f"roomserver-chat/{__version__}"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    async with aiohttp.ClientSession(headers=headers) as http:
        yield Web(http, address)


def _why(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "there is no host of that name"
        case aiohttp.ClientSSLError():
            return f"no TLS that can be trusted ({error.os_error.strerror})"
        case aiohttp.ClientConnectorError() if error.errno:
            return os.strerror(error.errno)
        case _:
            return str(error) or type(error).__name__

"""
From HTTP to WebSocket: aiohttp reads the request, then a line has the connection.

aiohttp's own WebSocket keeps the request, its headers, a task, a queue and two timers for as
long as it is open: half of what an idle connection would cost. Here the handshake is answered
(RFC 6455 section 4.2.2), the transport gets another protocol, and aiohttp is told that its
connection has ended.
"""

from base64 import b64encode
from hashlib import sha1
from typing import Any, Final, cast

from aiohttp import web
from aiohttp.http import WebSocketReader
from msgspec import Struct

from roomserver.core.errors import UpgradeRequired
from roomserver.edge.line import Line
from roomserver.edge.switchboard import Switchboard

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What a WebSocket server puts behind the client's key, and no other server would."""


class Handshake(Struct, frozen=True):
    """What a client that wants a WebSocket has said, and is to hear."""

    answer: bytes


def handshake_of(request: web.Request, protocol: str) -> Handshake:
    """
    Read the handshake. *protocol* is agreed on if the client offers it.

    Raises:
        UpgradeRequired: If *request* doesn't ask for a WebSocket, or not properly.

    """
    asked = web.WebSocketResponse(protocols=(protocol,), compress=False)
    try:
        ready = asked.can_prepare(request)
    except ValueError:
        # A header of the handshake isn't even ASCII, which aiohttp doesn't foresee.
        raise UpgradeRequired from None
    if not ready.ok:
        raise UpgradeRequired
    key = request.headers["Sec-WebSocket-Key"].encode()
    accept = b64encode(sha1(key + _GUID).digest())  # noqa: S324 - the RFC's, and keeps no secret
    head = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + accept,
    ]
    if ready.protocol is not None:
        head.append(b"Sec-WebSocket-Protocol: " + ready.protocol.encode())
    return Handshake(b"\r\n".join([*head, b"", b""]))


def take_over(request: web.Request, handshake: Handshake, switchboard: Switchboard) -> Line:
    """
    Answer *handshake* and return the line that has *request*'s connection from now on.

    The handler has nothing more to say to its client: it ends with :func:`let_go`.

    Raises:
        ConnectionResetError: If the client has left meanwhile.

    """
    transport = request.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError("gone before it was accepted")
    protocol = request.protocol
    early = _Early()
    # aiohttp hands over what has come behind the request already.
    protocol.set_parser(cast(WebSocketReader, early))
    line = switchboard.connect(transport)
    transport.set_protocol(line)
    transport.write(handshake.answer)
    if early.data:
        line.data_received(early.data)
    return line


def let_go(request: web.Request) -> web.StreamResponse:
    """Make aiohttp forget the connection; return what the handler returns in place of an answer."""
    protocol = request.protocol
    # As if the connection had ended; only that the transport, not aiohttp's any more, stays open.
    protocol.transport = None
    protocol.connection_lost(None)
    return _HandedOver()


class _HandedOver(web.StreamResponse):
    """An answer of which nothing is sent."""

    async def prepare(self, request: web.BaseRequest) -> None:
        return None

    async def write_eof(self, data: Any = b"") -> None:
        pass


class _Early:
    """Takes what a client sent before its handshake was answered."""

    def __init__(self) -> None:
        self.data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        pass

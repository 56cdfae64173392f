"""
Clients that are no good: what they do to themselves must be nobody else's trouble.

They come by their own connections, straight to the instance, and are no part of the crew.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from random import Random
from typing import Final

from tests.torture.pace import Pace
from tests.torture.town import Town

PESTS: Final = 8
FIRST_USER: Final = 8_001

SMALL_BUFFER: Final = 4_096
QUESTION: Final = b'{"type": "history", "limit": 200}'


async def half_a_frame(town: Town, _pace: Pace, random: Random) -> None:
    """Say half of what was begun, and be gone without a word."""
    for pest in await _pests(town, random):
        frame = _frame(b'{"type": "message", "content": "' + b"x" * 500 + b'"}')
        with suppress(OSError):
            pest.send(frame[: random.randint(1, len(frame) - 1)])
        # Zero seconds of patience: closing it is a reset.
        pest.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        pest.close()


async def never_reads(town: Town, pace: Pace, random: Random) -> None:
    """Ask for long answers, and read none of them."""
    pests = await _pests(town, random)
    try:
        for pest in pests:
            with suppress(OSError):
                for _question in range(50):
                    pest.send(_frame(QUESTION))
        await asyncio.sleep(pace.broken_s(random))
    finally:
        for pest in pests:
            pest.close()


async def garbage(town: Town, _pace: Pace, random: Random) -> None:
    """Say what is no frame, and no text, and too long."""
    for pest in await _pests(town, random):
        with suppress(OSError):
            pest.send(
                random.choice(
                    (
                        random.randbytes(200),
                        _frame(b"\xff\xfe"),
                        bytes([0x81, 0xFF]) + (2**40).to_bytes(8, "big") + bytes(4),
                    )
                )
            )
        await asyncio.sleep(0.05)
        pest.close()


async def says_nothing(town: Town, pace: Pace, random: Random) -> None:
    """Connect, and neither ask for anything nor go away."""
    pests = [await _connected(random.choice(town.instances).server.port) for _ in range(PESTS)]
    try:
        await asyncio.sleep(pace.broken_s(random))
    finally:
        for pest in pests:
            pest.close()


KINDS: Final[Mapping[str, Callable[[Town, Pace, Random], Awaitable[None]]]] = {
    "pests: half a frame": half_a_frame,
    "pests: never read": never_reads,
    "pests: garbage": garbage,
    "pests: say nothing": says_nothing,
}


async def _pests(town: Town, random: Random) -> list[socket.socket]:
    pests = []
    for number in range(PESTS):
        pest = await _connected(random.choice(town.instances).server.port)
        room, user = random.randint(1, 6), FIRST_USER + number
        request = (
            f"GET /ws/{room}?user_id={user}&username=Pest HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        with suppress(OSError):
            pest.send(request.encode())
        pests.append(pest)
    await asyncio.sleep(0.2)
    return pests


async def _connected(port: int) -> socket.socket:
    pest = socket.socket()
    pest.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    pest.setblocking(False)  # noqa: FBT003
    with suppress(OSError):
        await asyncio.get_running_loop().sock_connect(pest, ("127.0.0.1", port))
    return pest


def _frame(text: bytes) -> bytes:
    """Mask *text* with zeros, which leave it as it is (RFC 6455, section 5.3)."""
    length = (
        bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + struct.pack("!H", len(text))
    )
    return b"\x81" + length + bytes(4) + text

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from roomserver.edge.borrowed_socket import BorrowedSocket


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0)
        theirs.settimeout(5)
        yield ours, theirs


@asynccontextmanager
async def transport_over(end: socket.socket) -> AsyncIterator[asyncio.Transport]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=end)
    try:
        yield transport
    finally:
        transport.abort()
        await asyncio.sleep(0)


def fill(end: socket.socket) -> None:
    for _ in range(1_000):
        end.send(bytes(65_536))


async def test_what_is_sent_through_it_arrives(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    async with transport_over(ours) as transport:
        borrowed = BorrowedSocket.of(transport)

        assert borrowed.send(b"past the transport") == 18

        assert theirs.recv(100) == b"past the transport"


async def test_a_full_socket_says_so_and_waits_for_nobody(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, _theirs = ends
    async with transport_over(ours) as transport:
        borrowed = BorrowedSocket.of(transport)

        with pytest.raises(BlockingIOError):
            fill(borrowed)


async def test_it_closes_nothing(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    async with transport_over(ours) as transport:
        borrowed = BorrowedSocket.of(transport)

        del borrowed
        gc.collect()

        transport.write(b"still open")
        assert theirs.recv(100) == b"still open"

"""The proxy misbehaves as it is told to, and behaves again when it is healed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.torture.proxy import Mode, Proxy

ANSWER_S = 5.0
SILENCE_S = 0.2

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy in front of a server that answers with what it hears."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(1_000):
            writer.write(chunk)
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        proxy = Proxy(lambda: port)
        await proxy.start()
        yield proxy
        await proxy.close()


async def test_it_passes_what_it_is_given(proxy: Proxy) -> None:
    async with connected(proxy) as ends:
        assert await echoed(ends, b"hola") == b"hola"


@pytest.mark.parametrize("mode", [Mode.BLACKHOLE, Mode.DROP_REPLIES, Mode.STALL])
async def test_nothing_comes_back_while_it_is_silent(proxy: Proxy, mode: Mode) -> None:
    async with connected(proxy) as ends:
        await proxy.break_down(mode)

        assert await echoed(ends, b"hola", within_s=SILENCE_S) is None


async def test_what_was_stalled_arrives_later(proxy: Proxy) -> None:
    async with connected(proxy) as ends:
        await proxy.break_down(Mode.STALL)
        await echoed(ends, b"hola", within_s=SILENCE_S)

        await proxy.heal()

        assert await heard(ends) == b"hola"


@pytest.mark.parametrize("mode", [Mode.BLACKHOLE, Mode.DROP_REPLIES])
async def test_a_connection_that_lost_something_is_cut_when_it_is_healed(
    proxy: Proxy, mode: Mode
) -> None:
    async with connected(proxy) as ends:
        await proxy.break_down(mode)
        await echoed(ends, b"hola", within_s=SILENCE_S)

        await proxy.heal()

        assert await heard(ends) == b""


async def test_a_reset_cuts_everybody_once(proxy: Proxy) -> None:
    async with connected(proxy) as ends:
        await proxy.break_down(Mode.RESET)

        assert await heard(ends) == b""
    async with connected(proxy) as ends:
        assert await echoed(ends, b"hola") == b"hola"


async def test_nobody_listens_until_a_refusal_is_healed(proxy: Proxy) -> None:
    await proxy.break_down(Mode.REFUSE)

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", proxy.port)

    await proxy.heal()
    async with connected(proxy) as ends:
        assert await echoed(ends, b"hola") == b"hola"


async def test_a_cut_comes_after_as_many_bytes_as_it_is_told(proxy: Proxy) -> None:
    async with connected(proxy) as ends:
        await proxy.break_down(Mode.CUT, bytes_left=6)

        # Four there, two back.
        assert await echoed(ends, b"hola") == b"ho"
        assert await heard(ends) == b""


async def test_a_delay_keeps_the_order(proxy: Proxy) -> None:
    async with connected(proxy) as ends:
        await proxy.break_down(Mode.DELAY, delay_s=0.05)
        ends[1].write(b"ho")
        await asyncio.sleep(0.01)
        await proxy.heal()
        ends[1].write(b"la")

        assert await asyncio.wait_for(ends[0].readexactly(4), ANSWER_S) == b"hola"


@asynccontextmanager
async def connected(proxy: Proxy) -> AsyncIterator[Ends]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def echoed(ends: Ends, chunk: bytes, *, within_s: float = ANSWER_S) -> bytes | None:
    """Send *chunk*; return the answer, or None if there is none."""
    ends[1].write(chunk)
    try:
        return await asyncio.wait_for(ends[0].read(1_000), within_s)
    except TimeoutError:
        return None


async def heard(ends: Ends) -> bytes:
    """Return what comes, nothing if the connection ends."""
    try:
        return await asyncio.wait_for(ends[0].read(1_000), ANSWER_S)
    except ConnectionError:
        return b""

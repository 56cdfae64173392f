"""The client's line over aiohttp, against the whole application."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC

import pytest

from roomserver.adapters.jwt_tokens import signed_token
from roomserver.cli.chat.address import parse_address
from roomserver.cli.chat.ending import Ended
from roomserver.cli.chat.outside import real_outside
from roomserver.cli.chat.session import Session
from roomserver.cli.chat.web_link import Web, web
from roomserver.config import AuthConfig
from roomserver.core import events
from roomserver.core.heard import read_event
from roomserver.core.narrator import Narrator
from tests.cli.chat_doubles import NOON, Witness, soon
from tests.support.application import Open
from tests.support.builders import NOON_MS
from tests.support.programs import free_port
from tests.support.talk import Client, hear, join, say

ANA = "?user_id=1&username=Ana"
TOKENS = AuthConfig(
    mode="tokens",
    token_secret="a secret that is long enough for HS256",  # noqa: S106 - a test's
    token_audience="rooms",  # noqa: S106 - not one
    token_issuer="https://app.example",  # noqa: S106 - not one
)
CLAIMS = {
    "sub": "7",
    "aud": "rooms",
    "iss": "https://app.example",
    "iat": NOON_MS // 1_000,
    "exp": NOON_MS // 1_000 + 600,
}


@pytest.fixture
async def server(client: Client) -> AsyncIterator[Web]:
    async with web(parse_address(f"ws://127.0.0.1:{client.port}/ws/general{ANA}")) as opened:
        yield opened


@pytest.fixture
async def session(server: Web) -> AsyncIterator[tuple[Session, Witness]]:
    witness = Witness()
    narrator = Narrator(to_local=lambda at: at.astimezone(UTC), now=NOON)
    session = Session(server.dial, narrator=narrator, audience=witness, outside=real_outside())
    running = asyncio.create_task(session.run())
    yield session, witness
    running.cancel()
    await asyncio.wait([running])


async def test_two_people_talk(client: Client, session: tuple[Session, Witness]) -> None:
    ana, witness = session
    await soon(ana.opened())
    ben, _ = await join(client, "Ben", user_id=2)
    await witness.sees("Ben joined")

    await ana.post("hola")
    await soon(ana.outbox.emptied())
    heard = await hear(ben, "message")
    await say(ben, "tea?")
    await witness.sees("Ben: tea?")

    assert heard["content"] == "hola"
    assert witness.count("Ana: hola") == 1


async def test_leaving_is_told_to_the_others_at_once(client: Client, server: Web) -> None:
    ben, _ = await join(client, "Ben", user_id=2)

    async with server.dial({}) as link:
        assert read_event(await soon(link.receive())) is not None
        await hear(ben, "user_joined")

    assert (await hear(ben, "user_left"))["username"] == "Ana"


async def test_what_is_sent_leaves_in_order(client: Client, server: Web) -> None:
    ben, _ = await join(client, "Ben", user_id=2)
    async with server.dial({}) as link:
        await hear(ben, "user_joined")
        for content in ("uno", "dos", "tres"):
            link.send(f'{{"type":"message","content":"{content}"}}')

        heard = [(await hear(ben, "message"))["content"] for _ in range(3)]

    assert heard == ["uno", "dos", "tres"]


async def test_stats_are_read_as_the_server_counts(client: Client, server: Web) -> None:
    await join(client, "Ben", user_id=2)

    assert await soon(server.stats()) == {"1": (1, 1)}


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/ws/general", "Say who you are: user_id is missing."),
        ("/ws/general?user_id=1&username=everyone", "username can't be 'everyone'"),
        (f"/ws/no%20such%20room{ANA}", "There is no such room."),
    ],
)
async def test_a_refusal_is_final_and_in_the_servers_own_words(
    client: Client, path: str, sentence: str
) -> None:
    address = parse_address(f"ws://127.0.0.1:{client.port}{path}")
    async with web(address) as server:
        with pytest.raises(Ended) as ended:
            async with server.dial({}):
                pass

    assert str(ended.value).startswith(sentence)
    assert ended.value.is_final


async def test_nobody_at_the_other_end_is_no_reason_to_give_up() -> None:
    port = free_port()
    async with web(parse_address(f"ws://127.0.0.1:{port}/ws/general{ANA}")) as server:
        with pytest.raises(Ended, match="Connection refused") as ended:
            async with server.dial({}):
                pass

        assert not ended.value.is_final
        assert await soon(server.stats()) is None


async def test_a_token_says_who_one_is_where_people_are_known(open_app: Open) -> None:
    client = await open_app(auth=TOKENS)
    shown = signed_token(TOKENS.token_secret, CLAIMS | {"name": "Ana"})
    address = parse_address(f"http://127.0.0.1:{client.port}/rooms/general")

    async with web(address, token=shown) as server, server.dial({}) as link:
        connected = read_event(await soon(link.receive()))
        stats = await soon(server.stats())

    assert isinstance(connected, events.Connected)
    assert connected.user.username == "Ana"
    assert stats == {"1": (1, 1)}


async def test_a_bad_token_ends_it_with_the_reason(open_app: Open) -> None:
    client = await open_app(auth=TOKENS)
    address = parse_address(f"http://127.0.0.1:{client.port}/rooms/general")

    async with web(address, token="rs_nobodys") as server:  # noqa: S106 - no secret
        with pytest.raises(Ended, match="The token is missing, or not good any more") as ended:
            async with server.dial({}):
                pass

    assert ended.value.is_final

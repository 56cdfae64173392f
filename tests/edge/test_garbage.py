"""
Who has left holds no memory: nothing of a visit waits for the garbage collector.

The collector looks at what is old only now and then. Hundreds of visits that hold themselves
by the hand until then are megabytes that a quiet server keeps for half an hour.
"""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from roomserver.config import AuthConfig
from roomserver.core.model import RoomId
from roomserver.core.revoked import Revoked
from roomserver.edge.keys import SERVER, SWITCHBOARD
from tests.support.application import Open
from tests.support.following import following
from tests.support.talk import HEAR_S_MAX, Client, app_of, break_off, hear, hear_until, join, say
from tests.support.visitors import owner_of


class Garbage(Counter[str]):
    """What only the collector found, of our own: how many of each kind."""


@contextmanager
def collected() -> Iterator[Garbage]:
    """Yield what will have become garbage when the block has ended."""
    found = Garbage()
    gc.collect()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        kinds = (type(thing) for thing in gc.garbage)
        found.update(kind.__name__ for kind in kinds if kind.__module__.startswith("roomserver."))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def gone(client: Client, *, but: int = 0) -> None:
    """Return when no more people are here than so many, and no more lines."""
    hub, switchboard = app_of(client)[SERVER].hub, app_of(client)[SWITCHBOARD]
    for _ in range(1_000):
        if len(list(hub.members())) == len(switchboard) == but:
            return
        await client.get("/health")
    raise AssertionError("somebody is still there")


def test_what_holds_itself_is_noticed() -> None:
    class Ring:
        __module__ = "roomserver.none"

        def __init__(self) -> None:
            self.again = self

    with collected() as garbage:
        Ring()

    assert garbage == {"Ring": 1}


async def test_a_goodbye_leaves_nothing(client: Client) -> None:
    with collected() as garbage:
        ben, _ = await join(client, "Ben", user_id=2)
        await say(ben, "hola")
        await ben.close()
        await gone(client)

    assert not garbage


async def test_the_goodbye_of_a_shell_leaves_nothing(client: Client) -> None:
    with collected() as garbage:
        ben = await client.ws_connect("/ws/1?user_id=2&username=Ben&format=text")
        await ben.send_str("hola")
        while not (await ben.receive_str(timeout=HEAR_S_MAX)).endswith("Ben: hola"):
            pass
        await ben.close()
        await gone(client)

    assert not garbage


async def test_a_broken_connection_leaves_nothing(client: Client) -> None:
    with collected() as garbage:
        ben, _ = await join(client, "Ben", user_id=2)
        await say(ben, "hola")
        await break_off(ben, client)
        await gone(client)

    assert not garbage


async def test_the_end_of_a_session_that_may_be_renewed_leaves_nothing(open_app: Open) -> None:
    client = await open_app(auth=AuthConfig(mode="accounts"))
    olga = await owner_of(client)
    with collected() as garbage:
        socket = await olga.join()
        await socket.close()
        await gone(client)

    assert not garbage


async def test_whoever_is_shown_out_leaves_nothing(client: Client) -> None:
    with collected() as garbage:
        ben, _ = await join(client, "Ben", user_id=2)
        await app_of(client)[SERVER].revocations.revoke(Revoked(room_id=RoomId(1)))
        await hear(ben, "error")
        await ben.receive(timeout=HEAR_S_MAX)  # The close frame, which the client answers.
        await gone(client)

    assert not garbage


async def test_whoever_follows_leaves_nothing(client: Client) -> None:
    ada, _ = await join(client, "Ada", user_id=1)
    with collected() as garbage:
        async with following(await client.get("/api/v1/rooms/1/events")) as reader:
            await reader.hear()
            await ada.send_json({"type": "message", "content": "hola"})
            await hear_until(ada, "message")
            await reader.hear()
        await gone(client, but=1)

    assert not garbage

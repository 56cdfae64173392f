"""How much one person, one address and everybody together may ask for."""

import pytest
from aiohttp import WSServerHandshakeError

from roomserver.core.limits import Limits
from roomserver.edge.keys import SERVER
from tests.support.application import Open
from tests.support.fakes import FakeClock
from tests.support.talk import Client, hear_until, join


async def refusal(client: Client, *, user_id: int = 9, room: str = "1") -> tuple[int, str | None]:
    """Try to connect; return the status and how long to wait."""
    with pytest.raises(WSServerHandshakeError) as refused:
        await join(client, "Eve", user_id=user_id, room=room)
    assert refused.value.headers is not None
    return refused.value.status, refused.value.headers.get("Retry-After")


async def test_an_instance_has_so_many_connections(open_app: Open) -> None:
    client = await open_app(limits=Limits(connections_per_instance_max=1))
    await join(client, user_id=1)

    assert (await refusal(client))[0] == 429


async def test_a_person_has_so_many_connections(open_app: Open) -> None:
    client = await open_app(limits=Limits(connections_per_user_max=1))
    await join(client, user_id=1)

    assert (await refusal(client, user_id=1))[0] == 429


async def test_a_person_is_in_so_many_rooms(open_app: Open) -> None:
    client = await open_app(limits=Limits(rooms_per_user_max=1))
    await join(client, user_id=1, room="1")

    assert (await refusal(client, user_id=1, room="2"))[0] == 429


async def test_who_comes_too_often_is_told_when_to_come_again(
    open_app: Open, clock: FakeClock
) -> None:
    few = Limits(
        address_joins_per_minute_max=2,
        connections_per_address_max=2,
        connections_per_user_max=2,
    )
    client = await open_app(limits=few)
    for _ in range(2):
        socket, _connected = await join(client, user_id=1)
        await socket.close()

    assert await refusal(client) == (429, "31")
    clock.advance(31)
    await join(client, user_id=1)


async def test_being_many_people_sends_no_more_from_one_address(open_app: Open) -> None:
    limits = Limits(senders_per_address_max=1, messages_burst=2, events_burst=2)
    client = await open_app(limits=limits)
    sockets = [(await join(client, "Ada", user_id=number))[0] for number in (1, 2, 3)]

    for socket in sockets:
        for _ in range(2):
            await socket.send_json({"type": "message", "content": "x"})

    assert (await hear_until(sockets[2], "error"))["code"] == "rate_limited"


async def test_refusals_are_counted_by_their_code(client: Client) -> None:
    ada, _ = await join(client)
    await ada.send_str("nonsense")
    await hear_until(ada, "error")
    await client.get("/api/v1/rooms/nowhere")

    assert client.app[SERVER].refusals.counts() == {"invalid_json": 1, "room_not_found": 1}


@pytest.mark.parametrize("who", ["", "&user_id=7"])
async def test_searches_count_among_what_one_sends(
    open_app: Open, clock: FakeClock, who: str
) -> None:
    few = Limits(events_burst=2, messages_burst=1, senders_per_address_max=1)
    client = await open_app(limits=few)
    statuses = [(await client.get(f"/api/v1/rooms/1/search?q=hola{who}")).status for _ in range(4)]
    clock.advance(5)

    assert statuses[:2] == [200, 200]
    assert statuses[3] == 429
    assert (await client.get(f"/api/v1/rooms/1/search?q=hola{who}")).status == 200

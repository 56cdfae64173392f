"""
Other people's rooms, by the side doors: what tells that a private room is there.

``tests/edge/test_rights.py`` asks at the front doors.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiohttp import WSMsgType
from sqlalchemy import event

from roomserver.config import AuthConfig
from roomserver.core.gauges import Report, RoomFlow, Sample
from roomserver.core.limits import Limits
from roomserver.core.model import RoomCount, RoomId
from roomserver.edge.keys import SERVER
from tests.support.application import Open
from tests.support.databases import engines_of
from tests.support.talk import Client, Socket, app_of, hear, hear_until, say
from tests.support.visitors import Browser, account_of, owner_of

LIMITS = Limits(rooms_per_user_max=2)


@pytest.fixture
async def client(open_app: Open) -> Client:
    return await open_app(auth=AuthConfig(mode="accounts"), limits=LIMITS)


@pytest.fixture
async def olga(client: Client) -> Browser:
    """The server's owner, who has made a private room, the cellar, and an open one, the hall."""
    olga = await owner_of(client)
    for name in ("Cellar", "Hall"):
        assert (await olga.post("/api/v1/rooms", {"name": name})).status == 201
    await olga.request("PATCH", "/api/v1/rooms/cellar/settings", {"private": True})
    return olga


@pytest.fixture
async def secret(olga: Browser) -> AsyncIterator[dict[str, Any]]:
    """What was said in the cellar, by somebody who is there."""
    inside = await olga.join("cellar")
    yield await say(inside, "the secret word")
    await inside.close()


@pytest.fixture
async def eve(client: Client, olga: Browser) -> Browser:
    """Somebody else."""
    return await account_of(client, olga, "Eve")


async def user_id(browser: Browser) -> int:
    return int((await browser.whoami())["user"]["user_id"])


@contextmanager
def counting_questions(client: Client) -> Iterator[list[str]]:
    """Note what the database is asked, as an attacker with a good clock can."""
    asked: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM room" in statement:
            asked.append(statement)

    directory: Any = app_of(client)[SERVER].rooms._directory
    _writes, engine = engines_of(directory._database)
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/rooms/{}"),
        ("GET", "/api/v1/rooms/{}/messages"),
        ("GET", "/api/v1/rooms/{}/link"),
        ("GET", "/rooms/{}/qr.svg"),
        ("GET", "/api/v1/rooms/{}/search?q=word"),
        ("PATCH", "/api/v1/rooms/{}/settings"),
        ("DELETE", "/api/v1/rooms/{}"),
    ],
)
@pytest.mark.usefixtures("olga")
async def test_a_private_room_takes_as_many_questions_as_none(
    client: Client, eve: Browser, method: str, path: str
) -> None:
    for room in ("cellar", "attic"):
        await eve.request(method, path.format(room), {})  # What can be known is known now.

    asked = {}
    for room in ("cellar", "attic"):
        with counting_questions(client) as questions:
            answer = await eve.request(method, path.format(room), {})
        asked[room] = (answer.status, await answer.read(), list(questions))

    assert asked["cellar"] == asked["attic"]
    assert (asked["cellar"][0], len(asked["cellar"][2])) == (404, 1)


async def refusal(socket: Socket) -> tuple[str, int]:
    code = (await hear(socket, "error"))["code"]
    farewell = await socket.receive()
    assert farewell.type is WSMsgType.CLOSE
    return code, farewell.data


@pytest.mark.usefixtures("olga")
async def test_being_in_too_many_rooms_tells_of_no_other(client: Client, eve: Browser) -> None:
    await eve.join("general")
    await eve.join("hall")

    asked = {}
    for room in ("cellar", "attic", "cellar", "attic"):
        with counting_questions(client) as questions:
            asked[room] = (await refusal(await eve.connect(room)), list(questions))

    assert asked["cellar"] == asked["attic"]
    assert asked["cellar"][0] == ("room_not_found", 4404)


@pytest.mark.usefixtures("olga")
async def test_a_token_for_a_room_that_one_may_not_know_of_is_not_made(eve: Browser) -> None:
    answers = []
    for room in ("cellar", "attic"):
        body = {"name": "reader", "rights": ["read"], "rooms": [room]}
        made = await eve.post("/api/v1/account/tokens", body)
        answers.append((made.status, (await made.text()).replace(room, "…")))

    assert answers[0] == answers[1]
    assert answers[0][0] == 400


async def test_the_figures_have_nothing_of_a_room_that_one_may_not_know_of(
    client: Client, eve: Browser, olga: Browser
) -> None:
    cellar, hall = RoomId(2), RoomId(3)
    report = Report(
        instance="one",
        counts={cellar: RoomCount(5, frozenset(range(5))), hall: RoomCount(1, frozenset({9}))},
        flows={cellar: RoomFlow(70, 350)},
        latencies=(70, *[0] * 26),
        refusals={"muted": 3},
    )
    stats = app_of(client)[SERVER].stats
    stats._samples.append(Sample(1_000, [report]))

    hers = await (await eve.get("/api/v1/stats")).json()
    all_of_it = await (await olga.get("/api/v1/stats")).json()

    assert [room["slug"] for room in hers["rooms"]] == ["hall"]
    for shown in (hers["now"], hers["instances"][0]["now"]):
        assert (shown["connections"], shown["people"], shown["rooms"]) == (1, 1, 1)
        assert (shown["messages_per_s"], shown["deliveries_per_s"]) == (0, 0)
        assert shown["ack_p50_ms"] is None
    assert hers["series"]["connections"][-1] == 1
    assert hers["instances"][0]["history"][-1] == 0
    assert (all_of_it["now"]["connections"], all_of_it["now"]["messages_per_s"]) == (6, 70)
    assert all_of_it["now"]["ack_p50_ms"] is not None
    assert (hers["refusals"], all_of_it["refusals"]) == ({}, {"muted": 3})


@pytest.mark.parametrize(
    "command",
    [
        {"type": "message", "content": "hola", "reply_to": 0},
        {"type": "edit", "content": "hola", "message_id": 0},
        {"type": "delete", "message_id": 0},
        {"type": "react", "emoji": "👍", "on": True, "message_id": 0},
        {"type": "react", "emoji": "👍", "on": False, "message_id": 0},
    ],
    ids=lambda command: command["type"],
)
async def test_a_message_of_another_room_is_none(
    eve: Browser, secret: dict[str, Any], command: dict[str, Any]
) -> None:
    hall = await eve.join("hall")
    refusals = []
    for number in (secret["message_id"], 2**40):
        aimed = {name: number if value == 0 else value for name, value in command.items()}
        aimed["on"] = command.get("on", True)
        await hall.send_json(aimed)
        refusals.append(await hear(hall, "error"))

    assert refusals[0] == refusals[1]
    assert refusals[0]["code"] == "message_not_found"


async def test_the_surroundings_of_another_rooms_message_are_none(
    eve: Browser, secret: dict[str, Any]
) -> None:
    answers = []
    for number in (secret["message_id"], 2**40):
        answer = await eve.get(f"/api/v1/rooms/hall/messages?around={number}")
        answers.append((answer.status, await answer.read()))

    assert answers[0] == answers[1]
    assert answers[0][0] == 404


@pytest.mark.usefixtures("secret")
async def test_another_rooms_words_are_not_found(eve: Browser) -> None:
    found = await (await eve.get("/api/v1/rooms/hall/search?q=secret")).json()

    assert found == {"results": [], "has_more": False}


async def test_a_read_mark_at_another_rooms_message_tells_nothing_of_it(
    eve: Browser, secret: dict[str, Any]
) -> None:
    hall = await eve.join("hall")
    mine = await say(hall, "hola")
    await hear(hall, "message")

    await hall.send_json({"type": "read", "message_id": secret["message_id"]})
    await hall.send_json({"type": "read", "message_id": 2**40})

    mark = await hear_until(hall, "read")
    assert (mark["message_id"], mark["seq"]) == (mine["message_id"], mine["seq"])


async def test_nobody_decides_about_the_servers_owner(eve: Browser, olga: Browser) -> None:
    assert (await eve.post("/api/v1/rooms", {"name": "Eve's"})).status == 201
    inside = await olga.join("eve-s")
    number = await user_id(olga)

    answers = [
        await eve.request("PATCH", f"/api/v1/rooms/eve-s/members/{number}", change)
        for change in ({"muted_until": "forever"}, {"banned_until": "forever"})
    ]
    answers.append(await eve.request("DELETE", f"/api/v1/rooms/eve-s/members/{number}"))

    assert [answer.status for answer in answers] == [403, 403, 403]
    assert (await say(inside, "still here"))["seq"] == 1

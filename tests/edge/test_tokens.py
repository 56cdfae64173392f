"""Tokens that another application signs: the good ones, and every kind of bad one."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from roomserver.adapters.jwt_tokens import signed_token
from roomserver.config import AuthConfig
from roomserver.core.model import RoomId
from roomserver.edge.keys import SERVER
from tests.support.application import Open
from tests.support.builders import NOON_MS
from tests.support.fakes import FakeClock
from tests.support.talk import Client, app_of, hear, hear_until, say

SECRET: Final = "a secret that is long enough for HS256"  # noqa: S105 - a test's
BEFORE: Final = "the secret that was used before this one"
NOW_S: Final = NOON_MS // 1_000
TOKENS: Final = AuthConfig(
    mode="tokens",
    token_secret=SECRET,
    token_secret_before=BEFORE,
    token_audience="rooms",  # noqa: S106 - not one
    token_issuer="https://app.example",  # noqa: S106 - not one
)
CLAIMS: Final = {
    "sub": "7",
    "name": "Ana",
    "aud": "rooms",
    "iss": "https://app.example",
    "iat": NOW_S,
    "exp": NOW_S + 600,
}


@pytest.fixture
async def client(open_app: Open) -> Client:
    return await open_app(auth=TOKENS)


def token(**claims: object) -> str:
    return signed_token(SECRET, {k: v for k, v in {**CLAIMS, **claims}.items() if v is not None})


def segment(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(header: object, claims: object = CLAIMS, *, key: str = SECRET) -> str:
    """Sign with HMAC whatever the header says."""
    signing_input = f"{segment(header)}.{segment(claims)}"
    signature = hmac.new(key.encode(), signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{segment(signature)}"


async def connect(client: Client, shown: str, room: str = "general") -> Any:
    socket = await client.ws_connect(f"/ws/{room}", protocols=("roomserver.v1", f"bearer.{shown}"))
    return socket, await hear(socket, "connected")


# The good ones


async def test_a_token_says_who_somebody_is(client: Client) -> None:
    socket, connected = await connect(client, token())

    assert connected["user"] == {"user_id": 7, "username": "Ana"}
    assert (await say(socket, "hola"))["seq"] == 1


@pytest.mark.parametrize("place", ["header", "query", "subprotocol"])
async def test_a_token_goes_in_three_places(client: Client, place: str) -> None:
    shown = token()
    headers = {
        "header": {"Authorization": f"Bearer {shown}"},
        "subprotocol": {"Sec-WebSocket-Protocol": f"roomserver.v1, bearer.{shown}"},
    }.get(place, {})
    query = {"token": shown} if place == "query" else {}

    answer = await client.get("/api/v1/session", headers=headers, params=query)

    assert (await answer.json())["user"]["user_id"] == 7


@pytest.mark.parametrize("subject", ["auth0|64", "0", "007", str(2**32), str(2**80), "Ana"])
async def test_a_subject_that_is_no_small_number_gets_one_for_good(
    client: Client, subject: str
) -> None:
    _, first = await connect(client, token(sub=subject))
    _, again = await connect(client, token(sub=subject, name="Ana Maria"))
    _, other = await connect(client, token(sub=f"{subject}x"))

    assert first["user"]["user_id"] == again["user"]["user_id"] >= 2**32
    assert other["user"]["user_id"] != first["user"]["user_id"]
    assert again["user"]["username"] == "Ana Maria"


async def test_without_a_name_the_subject_is_it(client: Client) -> None:
    _, connected = await connect(client, token(sub="ana@example.com", name=None))

    assert connected["user"]["username"] == "ana@example.com"


async def test_the_audience_may_be_one_of_several(client: Client) -> None:
    await connect(client, token(aud=["other", "rooms"]))


async def test_a_token_of_the_secret_before_is_good_while_it_is_changed(client: Client) -> None:
    await connect(client, signed_token(BEFORE, dict(CLAIMS)))


async def test_a_token_opens_the_rooms_that_it_names(client: Client) -> None:
    shown = token(rooms=["general", "nowhere", 99])

    _, connected = await connect(client, shown)

    assert connected["room"]["slug"] == "general"
    session = await client.get("/api/v1/session", headers={"Authorization": f"Bearer {shown}"})
    assert (await session.json())["rooms"] == [1]
    books = await app_of(client)[SERVER].rooms.create("Books")
    answer = await client.get(
        f"/api/v1/rooms/{books.slug}/messages", headers={"Authorization": f"Bearer {shown}"}
    )
    assert answer.status == 404


async def test_a_token_grants_the_rights_that_it_names(client: Client) -> None:
    socket, connected = await connect(client, token(rights=["read"]))

    assert "post" not in connected["may"]
    await socket.send_json({"type": "message", "content": "hola"})
    assert (await hear(socket, "error"))["code"] == "forbidden"


async def test_a_clock_may_be_wrong_by_the_leeway(client: Client) -> None:
    await connect(client, token(iat=NOW_S + 29, nbf=NOW_S + 29))
    await connect(client, token(exp=NOW_S - 29))


# The bad ones

BAD: Final[dict[str, Callable[[], str]]] = {
    "none": lambda: "",
    "no token at all": lambda: "a b c",
    "two segments": lambda: "a.b",
    "expired": lambda: token(exp=NOW_S - 31),
    "from the future": lambda: token(iat=NOW_S + 31),
    "not yet": lambda: token(nbf=NOW_S + 31),
    "wrong signature": lambda: token()[:-2] + ("AA" if token()[-2:] != "AA" else "BB"),
    "another secret": lambda: signed_token("another secret, long enough for HS256", dict(CLAIMS)),
    "no signature": lambda: token().rpartition(".")[0] + ".",
    "alg none": lambda: f"{segment({'alg': 'none', 'typ': 'JWT'})}.{segment(CLAIMS)}.",
    "alg None, signed": lambda: forged({"alg": "None"}),
    "alg HS512": lambda: forged({"alg": "HS512"}),
    "alg RS256": lambda: forged({"alg": "RS256"}),
    "alg a number": lambda: forged({"alg": 5}),
    "no alg": lambda: forged({"typ": "JWT"}),
    "a key of its own": lambda: forged(
        {"alg": "HS256", "jwk": {"kty": "oct", "k": segment(b"x" * 32)}}, key="x" * 32
    ),
    "an address of its own": lambda: forged(
        {"alg": "HS256", "jku": "https://evil.example/jwks.json"}, key="x" * 32
    ),
    "an unknown crit": lambda: forged({"alg": "HS256", "crit": ["exp"], "exp": 1}),
    "another audience": lambda: token(aud="others"),
    "audiences without ours": lambda: token(aud=["a", "b"]),
    "another issuer": lambda: token(iss="https://evil.example"),
    "no exp": lambda: token(exp=None),
    "no iat": lambda: token(iat=None),
    "no sub": lambda: token(sub=None),
    "no aud": lambda: token(aud=None),
    "no iss": lambda: token(iss=None),
    "an empty sub": lambda: token(sub=""),
    "a sub that is a number": lambda: token(sub=7),
    "an exp that is a text": lambda: token(exp="never"),
    "an exp that is no time": lambda: token(exp=1e300),
    "a name that nobody may have": lambda: token(name="a\u202eb"),
    "a reserved name": lambda: token(name="system"),
    "rooms that are none": lambda: token(rooms="general"),
    "rights that are none": lambda: token(rights=5),
    "no object": lambda: forged({"alg": "HS256"}, [1, 2]),
    "no JSON": lambda: forged({"alg": "HS256"}, b"\xff\xfe"),
    "8 kB": lambda: token(padding="x" * 8_000),
    "nested": lambda: forged({"alg": "HS256"}, b"[" * 2_000),
    "a nested header": lambda: forged(b'{"alg":"HS256","x":' + b"[" * 2_000),
    "a header that is no text": lambda: forged(b"\xff\xfe"),
    "alg twice, the last one none": lambda: forged(b'{"alg":"HS256","alg":"none"}'),
    "a payload beside the token": lambda: forged({"alg": "HS256", "b64": False, "crit": ["b64"]}),
    "a kid that is a path": lambda: forged(
        {"alg": "HS256", "kid": "../../../dev/null"}, key="\0" * 32
    ),
    "a kid that is SQL": lambda: forged(
        {"alg": "HS256", "kid": "x' UNION SELECT 'key"}, key="x" * 32
    ),
    "a kid that is a number": lambda: forged({"alg": "HS256", "kid": 1}),
    "a sub that can't be printed": lambda: token(sub="a\0", name="Ana"),
    "an exp beyond all numbers": lambda: forged(
        {"alg": "HS256"},
        json.dumps({**CLAIMS, "exp": 0}).replace('"exp": 0', '"exp": 1e400').encode(),
    ),
    "an exp that is true": lambda: token(exp=True),
    "an exp that is no number": lambda: forged(
        {"alg": "HS256"}, json.dumps({**CLAIMS, "exp": float("nan")}).encode()
    ),
    "an nbf of hundreds of digits": lambda: token(nbf=10**300),
    "exp twice, the last one past": lambda: forged(
        {"alg": "HS256"}, json.dumps(CLAIMS).encode()[:-1] + b', "exp": 1}'
    ),
}


async def answers(client: Client, shown: str) -> tuple[int, str]:
    answer = await client.get("/api/v1/rooms", headers={"Authorization": f"Bearer {shown}"})
    return answer.status, await answer.text()


@pytest.mark.parametrize("name", BAD)
async def test_all_bad_tokens_get_the_same_answer(client: Client, name: str) -> None:
    expected = await answers(client, "anything")
    assert expected[0] == 401

    assert await answers(client, BAD[name]()) == expected


@pytest.mark.parametrize("name", ["expired", "wrong signature", "alg none", "8 kB"])
async def test_a_bad_token_opens_no_socket(client: Client, name: str) -> None:
    shown = BAD[name]()
    with pytest.raises(Exception, match="401"):
        await client.ws_connect("/ws/general", headers={"Authorization": f"Bearer {shown}"})


async def test_a_page_with_a_bad_token_is_told_by_the_close_code(client: Client) -> None:
    origin = f"http://{client.host}:{client.port}"
    socket = await client.ws_connect(
        f"/ws/general?token={BAD['expired']()}", headers={"Origin": origin}
    )

    assert (await hear(socket, "error"))["code"] == "unauthorized"
    assert (await socket.receive()).data == 4401


async def test_saying_who_one_is_is_not_enough(client: Client) -> None:
    answer = await client.get("/api/v1/rooms?user_id=7&username=Ana")

    assert answer.status == 401


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "", "bearer ", "Token x"])
async def test_another_authorization_is_none(client: Client, header: str) -> None:
    answer = await client.get("/api/v1/rooms", headers={"Authorization": header})

    assert answer.status == 401


async def test_a_token_is_in_no_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    bad, good = BAD["expired"](), token()
    await answers(client, bad)
    await connect(client, good)

    text = "\n".join(str(vars(record)) for record in caplog.records if "roomserver" in record.name)
    assert "a token was refused" in text
    assert bad not in text
    assert good not in text


# On an open socket


async def test_expiry_holds_on_an_open_socket(client: Client, clock: FakeClock) -> None:
    socket, _ = await connect(client, token(exp=NOW_S + 10))
    revocations = app_of(client)[SERVER].revocations

    clock.advance(10 + 29)
    revocations.expire()
    assert (await say(socket, "still here"))["seq"] == 1
    clock.advance(1)
    revocations.expire()

    assert (await hear_until(socket, "error"))["code"] == "token_expired"
    assert (await socket.receive()).data == 4401


async def test_what_was_under_way_when_a_token_expired_counts_for_nothing(
    client: Client, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    server = app_of(client)[SERVER]
    socket, _ = await connect(client, token())
    clock.advance(630)
    await socket.send_json({"type": "history"})
    for number in range(20):
        await socket.send_json({"type": "message", "content": str(number)})
    while not len(server.visits.events):
        await asyncio.sleep(0)
    server.revocations.expire()  # while the page is read, and the messages wait behind it

    assert (await hear(socket, "error"))["code"] == "token_expired"
    assert (await socket.receive()).data == 4401
    while not (ended := [each for each in caplog.records if each.msg == "a visit ends"]):
        await asyncio.sleep(0)
    assert (await server.archive.head(RoomId(1))).seq == 0
    assert vars(ended[0])["close_code"] == 4401


async def test_a_newer_token_keeps_the_socket(client: Client, clock: FakeClock) -> None:
    socket, _ = await connect(client, token(exp=NOW_S + 10))

    await socket.send_json({"type": "token", "token": token(exp=NOW_S + 100)})

    assert await hear(socket, "token") == {"expires_at": "2026-11-24T12:02:10.000Z"}
    clock.advance(60)
    app_of(client)[SERVER].revocations.expire()
    assert (await say(socket, "still here"))["seq"] == 1


async def test_a_newer_token_may_say_less(client: Client) -> None:
    socket, _ = await connect(client, token())

    await socket.send_json({"type": "token", "token": token(rights=["read"])})

    await hear(socket, "token")
    await socket.send_json({"type": "message", "content": "hola"})
    assert (await hear(socket, "error"))["code"] == "forbidden"


async def test_a_newer_token_without_the_room_ends_the_stay(client: Client) -> None:
    socket, _ = await connect(client, token())

    await socket.send_json({"type": "token", "token": token(rooms=["elsewhere"])})

    await hear_until(socket, "error")
    assert (await socket.receive()).data == 4403


@pytest.mark.parametrize("name", ["expired", "wrong signature", "8 kB"])
async def test_a_bad_token_changes_nothing(client: Client, name: str) -> None:
    socket, _ = await connect(client, token())

    await socket.send_json({"type": "token", "token": BAD[name]()})

    assert (await hear(socket, "error"))["code"] == "unauthorized"
    assert (await say(socket, "still here"))["seq"] == 1


async def test_another_persons_token_changes_nothing(client: Client) -> None:
    socket, _ = await connect(client, token())

    await socket.send_json({"type": "token", "token": token(sub="8")})

    assert (await hear(socket, "error"))["code"] == "forbidden"


async def test_in_open_mode_nobody_shows_tokens(open_app: Open) -> None:
    client = await open_app()
    socket = await client.ws_connect("/ws/1?user_id=1&username=Ana")
    await hear(socket, "connected")

    await socket.send_json({"type": "token", "token": "x"})

    assert (await hear(socket, "error"))["code"] == "forbidden"


# Many


async def test_whoever_shows_many_bad_tokens_has_to_wait_and_others_have_not(
    client: Client, clock: FakeClock
) -> None:
    good = token()
    assert (await answers(client, good))[0] == 200
    statuses = [(await answers(client, f"bad.{number}.x"))[0] for number in range(301)]

    newer = await answers(client, token(name="Eva"))
    known = await answers(client, good)
    clock.advance(1)
    later = await answers(client, token(name="Eva"))

    assert set(statuses[:300]) == {401}
    assert statuses[300] == 429
    assert newer[0] == 429
    assert json.loads(newer[1])["data"]["retry_after_ms"] > 0
    assert (known[0], later[0]) == (200, 200)

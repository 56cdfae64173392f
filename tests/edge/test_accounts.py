"""A server of accounts, as a browser uses it and as an attacker tries to."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from aiohttp import ClientResponse

from roomserver.adapters.argon2_passwords import Argon2Passwords
from roomserver.config import AuthConfig, ServerConfig
from roomserver.core.people import PersonKind
from roomserver.edge.keys import SERVER
from tests.support.application import Open
from tests.support.fakes import FakeClock
from tests.support.talk import Client, app_of, hear, hear_until, say
from tests.support.visitors import PASSWORD, Browser, account_of, owner_of

ACCOUNTS = AuthConfig(mode="accounts")


@pytest.fixture
async def client(open_app: Open) -> Client:
    return await open_app(auth=ACCOUNTS)


@pytest.fixture
async def owner(client: Client) -> Browser:
    return await owner_of(client)


@pytest.fixture
async def ana(client: Client, owner: Browser) -> Browser:
    return await account_of(client, owner, "Ana")


async def code_of(answer: ClientResponse) -> tuple[int, str]:
    return answer.status, (await answer.json())["data"]["code"]


# Setting up


async def test_the_link_that_was_printed_makes_the_owner_once(client: Client) -> None:
    accounts = app_of(client)[SERVER].accounts
    assert accounts is not None
    link = await accounts.set_up_link()
    browser = Browser(client)
    assert (await browser.whoami())["needs_owner"] is True

    first = await browser.post(
        "/api/v1/set-up", {"username": "Olga", "password": PASSWORD, "link": link}
    )
    second = await Browser(client).post(
        "/api/v1/set-up", {"username": "Eva", "password": PASSWORD, "link": link}
    )

    assert first.status == 201
    assert await code_of(second) == (403, "forbidden")
    facts = await browser.whoami()
    assert facts["user"]["username"] == "Olga"
    assert facts["is_owner"] is True
    assert facts["needs_owner"] is False
    assert await accounts.set_up_link() is None


async def test_the_link_is_good_for_half_an_hour(client: Client, clock: FakeClock) -> None:
    accounts = app_of(client)[SERVER].accounts
    assert accounts is not None
    link = await accounts.set_up_link()
    clock.advance(30 * 60)

    answer = await Browser(client).post(
        "/api/v1/set-up", {"username": "Olga", "password": PASSWORD, "link": link}
    )

    assert await code_of(answer) == (403, "forbidden")


@pytest.mark.parametrize("link", ["", "guessed", "x" * 1_000])
@pytest.mark.usefixtures("owner")
async def test_no_other_link_makes_an_owner(client: Client, link: str) -> None:
    body = {"username": "Eva", "password": PASSWORD, "link": link}

    answer = await Browser(client).post("/api/v1/set-up", body)

    assert await code_of(answer) == (403, "forbidden")


# Signing up


async def test_an_invitation_makes_one_account(client: Client, owner: Browser) -> None:
    made = await (await owner.post("/api/v1/account/invitations", {})).json()
    body = {"password": PASSWORD, "invitation": made["invitation"]}

    first = await Browser(client).post("/api/v1/account", {"username": "Ana", **body})
    second = await Browser(client).post("/api/v1/account", {"username": "Eva", **body})

    assert made["path"] == f"/sign-up#{made['invitation']}"
    assert first.status == 201
    assert await code_of(second) == (403, "forbidden")


async def test_only_the_owner_invites(ana: Browser) -> None:
    answer = await ana.post("/api/v1/account/invitations", {})

    assert await code_of(answer) == (403, "forbidden")


@pytest.mark.parametrize("mode", ["invitation", "closed"])
async def test_without_an_invitation_nobody_signs_up(open_app: Open, mode: str) -> None:
    client = await open_app(auth=AuthConfig(mode="accounts", sign_up=mode))  # type: ignore[arg-type]

    answer = await Browser(client).post(
        "/api/v1/account", {"username": "Ana", "password": PASSWORD}
    )

    assert await code_of(answer) == (403, "forbidden")


async def test_where_sign_up_is_open_anybody_signs_up(open_app: Open) -> None:
    client = await open_app(auth=AuthConfig(mode="accounts", sign_up="open"))
    browser = Browser(client)

    answer = await browser.post("/api/v1/account", {"username": "Ana", "password": PASSWORD})

    assert answer.status == 201
    facts = await browser.whoami()
    assert (facts["user"]["username"], facts["is_owner"]) == ("Ana", False)


@pytest.mark.parametrize(
    ("username", "password", "field"),
    [
        ("", PASSWORD, "username"),
        ("x" * 65, PASSWORD, "username"),
        ("a\u0007b", PASSWORD, "username"),
        ("a\u202eb", PASSWORD, "username"),
        ("a\u200bb", PASSWORD, "username"),
        ("   ", PASSWORD, "username"),
        ("Admin", PASSWORD, "username"),
        ("Оlga", PASSWORD, "username"),  # Cyrillic О: looks like the owner
        ("0lga", PASSWORD, "username"),
        ("Eva", "short", "password"),
        ("Eva", "aaaaaaaaaaaaaaa", "password"),
    ],
)
async def test_a_name_or_password_that_nobody_may_have_is_refused_with_the_reason(
    open_app: Open, username: str, password: str, field: str
) -> None:
    client = await open_app(auth=AuthConfig(mode="accounts", sign_up="open"))
    await owner_of(client)

    answer = await Browser(client).post(
        "/api/v1/account", {"username": username, "password": password}
    )

    assert answer.status == 400
    assert (await answer.json())["data"]["field"] == field


@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"username": 1, "password": PASSWORD}, {"username": {"$ne": 1}}]
)
async def test_a_body_of_another_form_is_refused(client: Client, body: object) -> None:
    for path in ("/api/v1/session", "/api/v1/account", "/api/v1/set-up", "/api/v1/guests"):
        answer = await Browser(client).post(path, body)

        assert answer.status == 400


# Signing in and out


async def test_whoever_signs_in_is_that_person_in_the_rooms(client: Client, ana: Browser) -> None:
    other = Browser(client)

    answer = await other.sign_in(" ANA ")

    assert answer.status == 200
    socket = await other.join()
    assert (await say(socket, "hola"))["seq"] == 1
    said = await hear(socket, "message")
    assert said["username"] == "Ana"
    assert said["user_id"] == (await ana.whoami())["user"]["user_id"]


async def test_the_cookie_is_for_this_server_alone_and_no_script_reads_it(ana: Browser) -> None:
    answer = await ana.sign_in("Ana")

    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert "Secure" not in cookie
    assert answer.headers["Cache-Control"] == "no-store"


async def test_behind_tls_the_cookie_is_for_tls_only(open_app: Open, tmp_path: Path) -> None:
    server = ServerConfig(data_dir=str(tmp_path), trusted_proxies=["127.0.0.1"])
    client = await open_app(auth=ACCOUNTS, server=server)
    browser = await owner_of(client)

    answer = await browser.request(
        "POST",
        "/api/v1/session",
        {"username": "Olga", "password": PASSWORD},
        **{"X-Forwarded-Proto": "https"},
    )

    assert answer.headers["Set-Cookie"].startswith("__Host-roomserver_session=")
    assert "Secure" in answer.headers["Set-Cookie"]


async def test_nobody_but_a_proxy_says_that_there_is_tls(ana: Browser) -> None:
    body = {"username": "Ana", "password": PASSWORD}

    answer = await ana.request("POST", "/api/v1/session", body, **{"X-Forwarded-Proto": "https"})

    assert "Secure" not in answer.headers["Set-Cookie"]


async def test_whoever_guesses_learns_nothing(client: Client, owner: Browser) -> None:
    ana = await account_of(client, owner, "Ana")
    await account_of(client, owner, "Eva")
    eva = (await (await owner.get("/api/v1/users")).json())["users"][1]
    assert eva["username"] == "Eva"
    await owner.request("PATCH", f"/api/v1/users/{eva['user_id']}", {"is_disabled": True})

    wrong = await ana.sign_in("Ana", "a wrong password")
    unknown = await ana.sign_in("Nobody", PASSWORD)
    switched_off = await ana.sign_in("Eva", PASSWORD)

    answers = [(each.status, await each.json()) for each in (wrong, unknown, switched_off)]
    assert answers[0][0] == 401
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.slow
async def test_an_unknown_name_takes_as_long_as_a_wrong_password() -> None:
    passwords = Argon2Passwords()
    kept = await passwords.hash("the right one")

    known_s, unknown_s = [], []
    for _ in range(8):
        # In turns, so that whatever else the machine does concerns both.
        known_s.append(await lasts_s(passwords, kept))
        unknown_s.append(await lasts_s(passwords, None))
    passwords.close()

    assert 0.5 < min(known_s) / min(unknown_s) < 2
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def lasts_s(passwords: Argon2Passwords, password_hash: str | None) -> float:
    began_s = time.perf_counter()
    assert not await passwords.is_right(password_hash, "a wrong one")
    return time.perf_counter() - began_s


async def test_guessing_is_slowed_down_for_the_account(ana: Browser, clock: FakeClock) -> None:
    answers = [await ana.sign_in("Ana", f"guess number {at}") for at in range(11)]

    assert [each.status for each in answers] == [401] * 10 + [429]
    refusal = (await answers[-1].json())["data"]
    assert refusal["code"] == "rate_limited"
    assert 0 < refusal["retry_after_ms"] <= 6_001
    assert (await ana.sign_in("аna", PASSWORD)).status == 429  # whatever it is written like
    clock.advance(refusal["retry_after_ms"] / 1_000)
    assert (await ana.sign_in("Ana")).status == 200


async def test_guessing_is_slowed_down_for_the_address(ana: Browser) -> None:
    statuses = [(await ana.sign_in(f"Name {at}", "a guess or so")).status for at in range(31)]

    assert statuses[-1] == 429
    assert statuses[0] == 401


async def test_signing_out_ends_the_session_and_its_sockets(ana: Browser, owner: Browser) -> None:
    socket, others = await ana.join(), await owner.join()
    cookie = ana.cookie

    answer = await ana.request("DELETE", "/api/v1/session")

    assert answer.status == 204
    assert ana.cookie is None
    assert (await hear_until(socket, "error"))["code"] == "unauthorized"
    assert (await socket.receive()).data == 4401
    ana.cookie = cookie
    assert (await ana.whoami())["user"] is None
    assert (await ana.get("/api/v1/rooms")).status == 401
    assert not others.closed


async def test_signing_out_everywhere_ends_every_browser(client: Client, ana: Browser) -> None:
    other = Browser(client)
    await other.sign_in("Ana")
    socket = await other.join()

    await ana.request("DELETE", "/api/v1/session?everywhere=true")

    await hear_until(socket, "error")
    assert (await socket.receive()).data == 4401
    assert (await other.whoami())["user"] is None


async def test_one_sees_where_one_is_signed_in_and_ends_it_there(
    client: Client, ana: Browser, owner: Browser
) -> None:
    other = Browser(client)
    await other.sign_in("Ana")
    listed = (await (await ana.get("/api/v1/account/sessions")).json())["sessions"]
    (theirs,) = [each for each in listed if not each["is_this"]]
    assert len(listed) == 2

    path = f"/api/v1/account/sessions/{theirs['id']}"
    assert await code_of(await owner.request("DELETE", path)) == (404, "not_found")
    assert (await ana.request("DELETE", path)).status == 204

    assert (await other.whoami())["user"] is None
    assert (await ana.whoami())["user"] is not None


async def test_a_session_ends_after_its_days(ana: Browser, clock: FakeClock) -> None:
    clock.advance(30 * 24 * 3_600)

    assert (await ana.whoami())["user"] is None


async def test_a_new_password_ends_the_other_browsers(client: Client, ana: Browser) -> None:
    other = Browser(client)
    await other.sign_in("Ana")
    socket, own = await other.join(), await ana.join()
    path, new = "/api/v1/account/password", "another good password"

    wrong = {"old_password": "a wrong one..", "new_password": new}
    assert await code_of(await ana.post(path, wrong)) == (401, "unauthorized")
    right = {"old_password": PASSWORD, "new_password": new}
    assert (await ana.post(path, right)).status == 204

    await hear_until(socket, "error")
    assert (await socket.receive()).data == 4401
    assert not own.closed
    assert (await ana.whoami())["user"] is not None
    assert (await other.sign_in("Ana")).status == 401
    assert (await other.sign_in("Ana", new)).status == 200


async def test_whoever_is_switched_off_is_out_everywhere(owner: Browser, ana: Browser) -> None:
    user_id = (await ana.whoami())["user"]["user_id"]
    socket = await ana.join()

    path = f"/api/v1/users/{user_id}"
    assert (await ana.request("PATCH", path, {"is_disabled": True})).status == 403
    assert (await owner.request("PATCH", path, {"is_disabled": True})).status == 204

    await hear_until(socket, "error")
    assert (await socket.receive()).data == 4401
    assert (await ana.whoami())["user"] is None
    assert (await ana.sign_in("Ana")).status == 401
    await owner.request("PATCH", path, {"is_disabled": False})
    assert (await ana.sign_in("Ana")).status == 200


# Other pages, and nobody


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example"]
)
async def test_another_page_does_nothing_with_the_cookie(ana: Browser, origin: str) -> None:
    ana.origin = origin

    for method, path in (
        ("POST", "/api/v1/rooms"),
        ("DELETE", "/api/v1/session"),
        ("POST", "/api/v1/account/password"),
        ("POST", "/api/v1/account/tokens"),
        ("POST", "/api/v1/session"),
        ("POST", "/api/v1/account"),
    ):
        assert await code_of(await ana.request(method, path, {})) == (403, "forbidden"), path


async def test_a_cookie_without_an_origin_changes_nothing_and_opens_no_socket(ana: Browser) -> None:
    ana.origin = None

    answer = await ana.request("DELETE", "/api/v1/session")
    upgrade = await ana.request(
        "GET",
        "/ws/general",
        **{
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        },
    )

    assert await code_of(answer) == (403, "forbidden")
    assert await code_of(upgrade) == (403, "forbidden")
    assert (await ana.whoami())["user"] is not None


async def test_whoever_is_not_known_gets_nothing(client: Client) -> None:
    nobody = Browser(client)

    for path in (
        "/api/v1/rooms",
        "/api/v1/rooms/general",
        "/api/v1/rooms/general/messages",
        "/api/v1/rooms/general/members",
        "/api/v1/users",
        "/api/v1/account/tokens",
        "/ws/stats",
    ):
        assert (await nobody.get(path)).status == 401, path
        assert (await nobody.get(f"{path}?user_id=1&username=Ana")).status == 401, path


async def test_a_page_that_is_not_signed_in_is_told_by_the_close_code(client: Client) -> None:
    socket = await Browser(client).connect()

    assert (await hear(socket, "error"))["code"] == "unauthorized"
    assert (await socket.receive()).data == 4401


@pytest.mark.parametrize("path", ["/", "/join", "/health", "/health/live", "/api/v1/session"])
async def test_what_lets_people_in_is_for_everybody(client: Client, path: str) -> None:
    assert (await Browser(client).get(path)).status == 200


async def test_open_mode_has_no_accounts(open_app: Open) -> None:
    client = await open_app()
    browser = Browser(client)

    assert await browser.whoami() == {"mode": "open", "user": None}
    assert await code_of(await browser.sign_in("Ana")) == (403, "forbidden")


# Programs


async def test_a_token_is_shown_once_and_opens_what_it_is_for(client: Client, ana: Browser) -> None:
    body = {"name": "Deploy bot", "rights": ["read", "write"], "rooms": ["general"]}
    made = await (await ana.post("/api/v1/account/tokens", body)).json()
    secret = made.pop("token")

    listed = (await (await ana.get("/api/v1/account/tokens")).json())["tokens"]
    assert listed == [made]
    assert secret.startswith("rs_")
    assert len(secret) > 40
    for kind in ({"Authorization": f"Bearer {secret}"}, {}):
        query = "" if kind else f"?token={secret}"
        answer = await client.get(f"/api/v1/session{query}", headers=kind)
        facts = await answer.json()
        assert facts["user"]["username"] == "Deploy bot"
        assert facts["kind"] == "program"
        assert (facts["rooms"], facts["rights"]) == ([1], ["read", "write"])


async def test_a_token_goes_in_the_subprotocol_too(client: Client, ana: Browser) -> None:
    body = {"name": "Deploy bot", "rights": ["read", "write"]}
    secret = (await (await ana.post("/api/v1/account/tokens", body)).json())["token"]

    socket = await client.ws_connect("/ws/general", protocols=("roomserver.v1", f"bearer.{secret}"))

    assert socket.protocol == "roomserver.v1"
    connected = await hear(socket, "connected")
    assert connected["user"]["username"] == "Deploy bot"


async def test_a_token_taken_back_opens_nothing_and_its_sockets_end(
    client: Client, ana: Browser, owner: Browser
) -> None:
    body = {"name": "Deploy bot", "rights": ["read"]}
    made = await (await ana.post("/api/v1/account/tokens", body)).json()
    socket = await client.ws_connect(f"/ws/general?token={made['token']}")
    await hear(socket, "connected")
    path = f"/api/v1/account/tokens/{made['id']}"

    assert (await owner.request("DELETE", path)).status == 404
    assert (await ana.request("DELETE", path)).status == 204

    await hear_until(socket, "error")
    assert (await socket.receive()).data == 4401
    answer = await client.get("/api/v1/rooms", headers={"Authorization": f"Bearer {made['token']}"})
    assert await code_of(answer) == (401, "unauthorized")
    assert (await (await ana.get("/api/v1/account/tokens")).json())["tokens"] == []


async def test_a_program_can_have_two_tokens_while_one_is_changed_for_the_other(
    ana: Browser, owner: Browser
) -> None:
    body = {"name": "Deploy bot", "rights": ["read"]}
    first = await (await ana.post("/api/v1/account/tokens", body)).json()
    second = await (await ana.post("/api/v1/account/tokens", body)).json()

    assert first["user_id"] == second["user_id"]
    assert await code_of(await owner.post("/api/v1/account/tokens", body)) == (
        400,
        "invalid_event",
    )


async def test_a_program_looks_after_nobodys_account(client: Client, ana: Browser) -> None:
    body = {"name": "Deploy bot", "rights": ["read", "write", "moderate"]}
    secret = (await (await ana.post("/api/v1/account/tokens", body)).json())["token"]
    headers = {"Authorization": f"Bearer {secret}"}

    for method, path in (
        ("POST", "/api/v1/account/tokens"),
        ("GET", "/api/v1/account/tokens"),
        ("DELETE", "/api/v1/session"),
        ("GET", "/api/v1/users"),
        ("POST", "/api/v1/account/invitations"),
    ):
        answer = await client.request(method, path, json=body, headers=headers)
        assert await code_of(answer) == (403, "forbidden"), path


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Bot", "rights": []},
        {"name": "Bot", "rights": ["everything"]},
        {"name": "Bot", "rights": "read"},
        {"name": "Bot", "rights": ["read"], "rooms": ["nowhere"]},
        {"name": "Olga", "rights": ["read"]},
        {"name": "", "rights": ["read"]},
        {"name": "Bot", "rights": ["read"], "lasts_s": -1},
    ],
)
async def test_a_token_that_makes_no_sense_is_refused(
    ana: Browser, body: dict[str, object]
) -> None:
    assert (await ana.post("/api/v1/account/tokens", body)).status == 400


async def test_a_token_ends_when_its_time_is_over(
    client: Client, ana: Browser, clock: FakeClock
) -> None:
    body = {"name": "Bot", "rights": ["read"], "lasts_s": 60}
    secret = (await (await ana.post("/api/v1/account/tokens", body)).json())["token"]
    socket = await client.ws_connect(f"/ws/general?token={secret}")
    await hear(socket, "connected")

    clock.advance(60)
    app_of(client)[SERVER].revocations.expire()

    assert (await hear_until(socket, "error"))["code"] == "token_expired"
    assert (await socket.receive()).data == 4401
    assert (await client.get(f"/api/v1/rooms?token={secret}")).status == 401


@pytest.mark.parametrize("token", ["", "rs_", "rs_guessed", "rs_" + "x" * 8_000, "x.y.z"])
async def test_no_other_token_is_good(client: Client, token: str) -> None:
    answer = await client.get("/api/v1/rooms", headers={"Authorization": f"Bearer {token}"})

    assert await code_of(answer) == (401, "unauthorized")


# Lost passwords


async def reset_link(owner: Browser, browser: Browser) -> str:
    user_id = (await browser.whoami())["user"]["user_id"]
    made = await owner.post(f"/api/v1/users/{user_id}/reset")
    assert made.status == 201, await made.text()
    secret: str = (await made.json())["link"]
    return secret


async def test_a_lost_password_is_replaced_once_by_a_link_of_the_owners(
    client: Client, owner: Browser, ana: Browser
) -> None:
    body = {"link": await reset_link(owner, ana), "password": "a new one for ana"}
    elsewhere = Browser(client)

    weak = await elsewhere.post("/api/v1/account/reset", {**body, "password": "short"})
    first = await elsewhere.post("/api/v1/account/reset", body)
    again = await Browser(client).post("/api/v1/account/reset", body)

    assert (weak.status, (await weak.json())["data"]["field"]) == (400, "password")
    assert first.status == 200
    assert (await elsewhere.whoami())["user"]["username"] == "Ana"
    assert await code_of(again) == (403, "forbidden")
    assert (await ana.whoami())["user"] is None
    assert (await Browser(client).sign_in("Ana", "a new one for ana")).status == 200


async def test_a_reset_link_is_good_for_a_day_and_the_last_one_counts(
    client: Client, owner: Browser, ana: Browser, clock: FakeClock
) -> None:
    earlier, link = await reset_link(owner, ana), await reset_link(owner, ana)
    password = "a new one for ana"  # noqa: S105 - a test's

    replaced = await Browser(client).post(
        "/api/v1/account/reset", {"link": earlier, "password": password}
    )
    clock.advance(24 * 3_600)
    late = await Browser(client).post("/api/v1/account/reset", {"link": link, "password": password})

    assert await code_of(replaced) == await code_of(late) == (403, "forbidden")


async def test_only_the_owner_makes_reset_links_and_only_for_accounts(
    client: Client, owner: Browser, ana: Browser
) -> None:
    owner_id = (await owner.whoami())["user"]["user_id"]
    guest = Browser(client)
    await guest.post("/api/v1/guests", {"username": "Pat", "invitation": await guest_link(owner)})
    guest_id = (await guest.whoami())["user"]["user_id"]

    by_ana = await ana.post(f"/api/v1/users/{owner_id}/reset")
    of_a_guest = await owner.post(f"/api/v1/users/{guest_id}/reset")
    of_nobody = await owner.post("/api/v1/users/x/reset")

    assert await code_of(by_ana) == (403, "forbidden")
    assert (of_a_guest.status, of_nobody.status) == (404, 404)


async def test_a_link_for_one_thing_is_good_for_no_other(
    client: Client, owner: Browser, ana: Browser
) -> None:
    made = await owner.post("/api/v1/account/invitations", {})
    sign_up = (await made.json())["invitation"]
    reset = await reset_link(owner, ana)

    by_sign_up = await Browser(client).post(
        "/api/v1/account/reset", {"link": sign_up, "password": PASSWORD}
    )
    by_reset = await Browser(client).post(
        "/api/v1/account", {"username": "Eva", "password": PASSWORD, "invitation": reset}
    )

    assert await code_of(by_sign_up) == await code_of(by_reset) == (403, "forbidden")


# Guests


async def test_a_guest_comes_in_by_a_rooms_link_with_only_a_name(
    client: Client, owner: Browser
) -> None:
    invitation = await guest_link(owner)
    guest = Browser(client)

    answer = await guest.post("/api/v1/guests", {"username": "Pat", "invitation": invitation})

    assert answer.status == 201, await answer.text()
    facts = await guest.whoami()
    assert (facts["kind"], facts["rooms"]) == ("guest", [1])
    assert (await answer.json())["room"] == "general"
    socket = await guest.join()
    await say(socket, "hola")
    other = await guest.connect("books")
    assert (await hear(other, "error"))["code"] == "room_not_found"


async def test_a_guest_becomes_an_account_and_keeps_what_they_said(
    client: Client, owner: Browser
) -> None:
    guest = Browser(client)
    body = {"username": "Pat", "invitation": await guest_link(owner)}
    await guest.post("/api/v1/guests", body)
    before = (await guest.whoami())["user"]["user_id"]
    await say(await guest.join(), "hola")

    answer = await guest.post(
        "/api/v1/account/upgrade", {"username": "Patricia", "password": PASSWORD}
    )

    assert answer.status == 200, await answer.text()
    facts = await guest.whoami()
    assert facts["user"] == {"user_id": before, "username": "Patricia"}
    assert (facts["kind"], facts["rooms"]) == ("person", None)
    other = Browser(client)
    assert (await other.sign_in("Patricia")).status == 200
    page = await (await other.get("/api/v1/rooms/general/messages")).json()
    assert [each["user_id"] for each in page["messages"]] == [before]


async def test_a_guest_who_has_an_account_is_a_member_of_their_room(
    client: Client, owner: Browser
) -> None:
    await owner.request("PATCH", "/api/v1/rooms/general/settings", {"private": True})
    guest = Browser(client)
    body = {"username": "Pat", "invitation": await guest_link(owner)}
    await guest.post("/api/v1/guests", body)
    user_id = (await guest.whoami())["user"]["user_id"]
    mute = {"muted_until": "forever"}
    await owner.request("PATCH", f"/api/v1/rooms/general/members/{user_id}", mute)
    socket = await owner.join()

    await guest.post("/api/v1/account/upgrade", {"username": " Patricia ", "password": PASSWORD})

    told = await hear_until(socket, "member_updated")
    assert (told["username"], told["role"]) == ("Patricia", "member")
    assert "muted_until" in told
    settings = await (await guest.get("/api/v1/rooms/general/settings")).json()
    assert settings["role"] == "member"


async def test_a_guest_can_be_taken_for_nobody(client: Client, owner: Browser) -> None:
    body = {"username": "Оlga", "invitation": await guest_link(owner)}

    answer = await Browser(client).post("/api/v1/guests", body)

    assert (answer.status, (await answer.json())["data"]["field"]) == (400, "username")


async def test_a_link_that_runs_out_meanwhile_leaves_nobody_behind(
    client: Client, owner: Browser
) -> None:
    """However many come at once, those who are not let in are not known either."""
    invitation = await guest_link(owner, uses_max=1)
    body = {"username": "Pat", "invitation": invitation}

    answers = await asyncio.gather(
        *(Browser(client).post("/api/v1/guests", body) for _ in range(5))
    )

    assert sorted(answer.status for answer in answers) == [201, 404, 404, 404, 404]
    accounts = app_of(client)[SERVER].accounts
    assert accounts is not None
    assert len(await accounts.people.listing(PersonKind.GUEST)) == 1


async def test_the_room_is_told_that_a_guest_has_come(client: Client, owner: Browser) -> None:
    invitation = await guest_link(owner)
    socket = await owner.join()

    await Browser(client).post("/api/v1/guests", {"username": "Pat", "invitation": invitation})

    told = await hear_until(socket, "member_updated")
    assert (told["username"], told["role"]) == ("Pat", "guest")


async def test_whoever_has_a_link_sees_where_it_leads_and_uses_nothing_up(
    client: Client, owner: Browser, ana: Browser
) -> None:
    body = {"token": await guest_link(owner)}
    room = {"name": "General", "slug": "general"}

    for browser, role in ((Browser(client), None), (ana, "member"), (owner, "owner")):
        answer = await browser.post("/api/v1/invitation", body)

        assert await answer.json() == {"room": room, "role": "guest", "yours": role, "guests": True}
    listed = await (await owner.get("/api/v1/rooms/general/invites")).json()
    assert [each["uses"] for each in listed["invites"]] == [0]


async def test_a_link_that_is_not_good_leads_nowhere(client: Client) -> None:
    answer = await Browser(client).post("/api/v1/invitation", {"token": "guessed"})

    assert await code_of(answer) == (404, "not_found")


async def test_a_guest_link_makes_no_guest_of_a_member(owner: Browser, ana: Browser) -> None:
    answer = await ana.post("/api/v1/join", {"token": await guest_link(owner)})

    assert (await answer.json())["role"] == "member"
    settings = await (await ana.get("/api/v1/rooms/general/settings")).json()
    assert settings["role"] == "member"


async def test_whoever_was_never_in_the_room_keeps_their_name_there(
    owner: Browser, ana: Browser
) -> None:
    made = await owner.post("/api/v1/rooms/general/invites", {"role": "member"})
    await ana.post("/api/v1/join", {"token": (await made.json())["token"]})
    ana_id = (await ana.whoami())["user"]["user_id"]

    await owner.request("PATCH", f"/api/v1/rooms/general/members/{ana_id}", {"role": "moderator"})

    listed = await (await owner.get("/api/v1/rooms/general/members")).json()
    assert [(each["username"], each["role"]) for each in listed["members"]] == [
        ("Ana", "moderator")
    ]


async def test_a_guest_without_a_good_link_stays_outside(client: Client) -> None:
    answer = await Browser(client).post(
        "/api/v1/guests", {"username": "Pat", "invitation": "guessed"}
    )

    assert answer.status == 404


async def test_a_guest_manages_nothing(client: Client, owner: Browser) -> None:
    guest = Browser(client)
    await guest.post("/api/v1/guests", {"username": "Pat", "invitation": await guest_link(owner)})

    assert (await guest.get("/api/v1/account/tokens")).status == 403
    token = {"name": "Bot", "rights": ["read"]}
    assert (await guest.post("/api/v1/account/tokens", token)).status == 403
    assert (await guest.get("/api/v1/users")).status == 403


async def test_a_guest_is_at_home_in_their_room(client: Client, owner: Browser) -> None:
    await owner.post("/api/v1/rooms", {"name": "Book club"})
    made = await owner.post("/api/v1/rooms/book-club/invites", {"role": "guest"})
    guest = Browser(client)
    body = {"username": "Pat", "invitation": (await made.json())["token"]}
    await guest.post("/api/v1/guests", body)

    assert (await guest.get("/")).url.path == "/rooms/book-club"
    assert (await owner.get("/")).url.path == "/"


async def test_the_account_page_is_for_accounts(
    client: Client, owner: Browser, ana: Browser
) -> None:
    guest = Browser(client)
    await guest.post("/api/v1/guests", {"username": "Pat", "invitation": await guest_link(owner)})

    places = [
        (await browser.request("GET", "/account")).url.path
        for browser in (ana, guest, Browser(client))
    ]

    assert places == ["/account", "/upgrade", "/sign-in"]


async def test_where_guests_are_off_nobody_is_one(open_app: Open) -> None:
    client = await open_app(auth=AuthConfig(mode="accounts", guests=False))
    await owner_of(client)

    answer = await Browser(client).post("/api/v1/guests", {"username": "Pat", "invitation": "any"})

    assert await code_of(answer) == (403, "forbidden")


async def guest_link(owner: Browser, *, uses_max: int = 5) -> str:
    path = "/api/v1/rooms/general/invites"
    made = await owner.post(path, {"role": "guest", "lasts_s": 3_600, "uses_max": uses_max})
    assert made.status == 201, await made.text()
    secret: str = (await made.json())["token"]
    return secret


# What a server could stumble over


@pytest.mark.parametrize("number", ["0", "-1", "²", "9" * 17, "9" * 5_000, "0x1", "1e3"])
async def test_an_account_that_there_cannot_be_is_not_found(owner: Browser, number: str) -> None:
    answer = await owner.request("PATCH", f"/api/v1/users/{number}", {"is_disabled": True})

    assert await code_of(answer) == (404, "not_found")


async def test_a_browser_may_call_itself_anything(client: Client, ana: Browser) -> None:
    body = json.dumps({"username": "Ana", "password": PASSWORD}).encode()
    reader, writer = await asyncio.open_connection(client.host, client.port)
    head = f"Host: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    writer.write(b"POST /api/v1/session HTTP/1.1\r\n" + head.encode())
    writer.write(b"User-Agent: \xff\xfe Firefox\r\n\r\n" + body)

    status = await asyncio.wait_for(reader.readline(), 10)
    writer.close()

    assert status.startswith(b"HTTP/1.1 200")
    sessions = (await (await ana.get("/api/v1/account/sessions")).json())["sessions"]
    assert "?? Firefox" in {each["label"] for each in sessions}

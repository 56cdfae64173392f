"""Hostile pages in somebody's browser: what they can't do with who that is, on any address."""

import re

import pytest

from roomserver.config import AuthConfig
from tests.support.application import Open
from tests.support.talk import Client, app_of
from tests.support.visitors import Browser, account_of, owner_of

SAFE = {"GET", "HEAD", "OPTIONS"}
PARTS = {"room": "general", "user": "2", "invite": "1", "id": "1", "version": "x", "name": "x"}


@pytest.fixture
async def client(open_app: Open) -> Client:
    return await open_app(auth=AuthConfig(mode="accounts"))


@pytest.fixture
async def ana(client: Client) -> Browser:
    return await account_of(client, await owner_of(client), "Ana")


def addresses_of(client: Client) -> list[tuple[str, str]]:
    """Return the method and a path of everything that is answered."""
    found = []
    for route in app_of(client).router.routes():
        assert route.resource is not None
        path = re.sub(r"{(\w+)}", lambda part: PARTS.get(part[1], "1"), route.resource.canonical)
        found.append((route.method, path))
    return found


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://{host}.evil.example"])
async def test_another_page_changes_nothing_at_any_address(
    client: Client, ana: Browser, origin: str
) -> None:
    changing = [each for each in addresses_of(client) if each[0] not in SAFE]
    assert len(changing) > 20
    ana.origin = origin.format(host=f"{client.host}:{client.port}")

    answers = {
        (method, path): await (await ana.request(method, path, {})).json()
        for method, path in changing
    }

    codes = {asked: answer["data"]["code"] for asked, answer in answers.items()}
    assert codes == dict.fromkeys(changing, "forbidden")
    assert all("Pages of other hosts" in each["data"]["message"] for each in answers.values())
    ana.origin = f"http://{client.host}:{client.port}"
    assert (await ana.whoami())["user"]["username"] == "Ana"


async def test_another_page_reads_no_answer(client: Client, ana: Browser) -> None:
    """No answer says that another page may read it; and none is a script that it may run."""
    ana.origin = "https://evil.example"
    for method, path in addresses_of(client):
        if method != "GET" or path.startswith("/ws/{"):
            continue
        answer = await ana.get(path)

        assert not [name for name in answer.headers if name.startswith("Access-Control-")]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        answer.close()


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "PROPFIND", "POST"])
async def test_other_methods_are_refused(client: Client, method: str) -> None:
    answer = await client.request(method, "/api/v1/users")

    assert answer.status in (400, 404, 405)


async def test_a_session_is_never_one_that_the_browser_brought(
    client: Client, ana: Browser
) -> None:
    """Whoever plants a cookie of their own in somebody's browser is not signed in with them."""
    planted = ana.cookie
    victim = Browser(client)
    victim.cookie = planted

    await victim.post("/api/v1/session", {"username": "Olga", "password": "correct horse battery"})

    assert victim.cookie != planted
    assert (await ana.whoami())["user"]["username"] == "Ana"
    assert (await victim.whoami())["user"]["username"] == "Olga"

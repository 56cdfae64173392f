"""Forty texts that mean no good, as what people write, as their names, and as names of rooms."""

import json
import urllib.error
import urllib.request
from urllib.parse import quote

import websockets
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.other_person import OtherPerson
from tests.browser.visitor import PHONE, Visitor
from tests.support.servers import RoomServer

TAKE = "window.taken = true"
HOSTILE = (
    f"<script>{TAKE}</script>",
    f"<img src=x onerror='{TAKE}'>",
    f'"><svg onload="{TAKE}">',
    f"<iframe srcdoc='<script>parent.{TAKE}</script>'></iframe>",
    "<style>* { display: none }</style>",
    "<base href='https://x.example/'>",
    "<meta http-equiv=refresh content='0;url=https://x.example/'>",
    "</textarea></template><h1>out</h1>",
    "<!-- <b>-->",
    "]]><x:script/>",
    f"javascript:{TAKE}",
    f"[a](javascript:{TAKE})",
    f"data:text/html,<script>{TAKE}</script>",
    "https://",
    "http://[::1",
    'https://a.example/"onmouseover="x',
    "https://user:secret@a.example/../../%2e%2e",
    "{name} {count}",
    "{{ 7 * 7 }}",
    "${7 * 7} #{7*7} <%= 7 %> %s %n",
    "__proto__",
    "constructor",
    "toString",
    "null",
    "'; DROP TABLE entries; --",
    "../../etc/passwd",
    "C:\\con\\aux",
    "\u202egnp.exe",
    "\u2066\u2067\u2068 lost",
    "Z" + "\u0301\u0302\u0310\u0352\u0357" * 40,
    "\u0600\u06dd \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 8,
    "\ufdfd" * 12,
    "W" * 64,
    "*" * 30 + "_" * 30,
    "**_~~`*_~~`",
    "```",
    "> > > > > >",
    "@everyone @here @Ana",
    "a\u00a0b\u3000c\u2028d",
)


async def _wear(server: RoomServer, name: str, user_id: int, *said: str) -> bool:
    """Join as *name* and say something; return whether the server let in such a name."""
    address = f"{server.ws_url('/ws/general')}?user_id={user_id}&username={quote(name, safe='')}"
    try:
        async with websockets.connect(address) as socket:
            first = json.loads(await socket.recv())
            if first["type"] != "connected":
                return False
            await OtherPerson(socket).say(*said)
    except (websockets.ConnectionClosed, websockets.InvalidStatus):
        return False
    return True


def _create_room(server: RoomServer, name: str) -> bool:
    request = urllib.request.Request(
        f"{server.url}/api/v1/rooms",
        data=json.dumps({"name": name}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bool(answer.status == 201)
    except urllib.error.HTTPError as refused:
        if refused.code >= 500:
            raise
        return False


async def _is_whole(visitor: Visitor) -> None:
    """Check that nothing ran, nothing left its place, and nobody complained."""
    assert await visitor.page.evaluate("window.taken") is None
    assert await visitor.page.evaluate("document.querySelectorAll('iframe, base').length") == 0
    width = await visitor.page.evaluate("document.documentElement.scrollWidth")
    viewport = visitor.page.viewport_size
    assert viewport is not None
    assert width <= viewport["width"]
    await expect(visitor.composer).to_be_in_viewport()
    for link in await visitor.page.locator(".message__body a").all():
        assert str(await link.get_attribute("href")).startswith(("http://", "https://"))
    wide = await visitor.page.evaluate(
        """[...document.querySelectorAll(".message, .member, .absent, .room")]
            .filter((each) => each.offsetWidth > each.parentElement.clientWidth + 1)
            .map((each) => each.textContent)"""
    )
    assert wide == []
    visitor.has_nothing_to_complain_of()


async def test_as_messages_they_stay_text_in_their_own_box(
    visit: Visit, server: RoomServer
) -> None:
    for start in range(0, len(HOSTILE), 10):
        assert await _wear(server, f"Ben{start}", 100 + start, *HOSTILE[start : start + 10])
    long = ("x" * 4_000, "line\n" * 799 + "end", "*" * 2_000 + "_" * 2_000)
    assert await _wear(server, "Carla", 33, *long, "still here")

    for look in ({}, {"viewport": PHONE}):
        visitor = await visit(**look)
        await expect(visitor.bodies.last).to_have_text("still here")
        shown = await visitor.bodies.all_text_contents()
        for text in HOSTILE[:13]:
            assert text in shown
        for box in [await message.bounding_box() for message in await visitor.messages.all()]:
            assert box is not None
            assert box["height"] < 460
        await _is_whole(visitor)


async def test_as_names_they_stay_names(visit: Visit, server: RoomServer) -> None:
    worn = [await _wear(server, name, 200 + number, "hello") for number, name in enumerate(HOSTILE)]
    assert sum(worn) > 20

    for look in ({}, {"viewport": PHONE}):
        visitor = await visit(**look)
        await expect(visitor.messages).to_have_count(sum(worn))
        authors = await visitor.page.locator(".message__author").all_text_contents()
        assert HOSTILE[0] in authors
        await visitor.messages.nth(3).hover()
        await visitor.composer.press("@")
        await expect(visitor.page.get_by_role("option")).to_have_count(6)
        await _is_whole(visitor)


async def test_as_names_of_rooms_they_stay_names(visit: Visit, server: RoomServer) -> None:
    made = [name for name in HOSTILE if _create_room(server, name)]
    assert len(made) > 15

    visitor = await visit()
    names = visitor.page.locator(".room__name")
    await expect(names).to_have_count(len(made) + 1)
    assert set(made) <= set(await names.all_text_contents()) | {name.strip() for name in made}
    await _is_whole(visitor)
    await visitor.page.locator(".room").filter(has_text=HOSTILE[0]).first.click()
    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text(HOSTILE[0])
    await visitor.write("in here")
    await visitor.reads("in here")
    await _is_whole(visitor)

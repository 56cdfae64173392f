"""The rooms at the side: what is new in them, as it happens."""

import json
import re
import urllib.request
from typing import Any

from playwright.async_api import Locator, expect

from tests.browser.axe import faults
from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.browser.visitor import PHONE, Visitor
from tests.support.servers import RoomServer

NEWS = re.compile(r"favicon-news\.svg$")
PLAIN = re.compile(r"favicon\.svg$")


def _ask(server: RoomServer, method: str, path: str, **body: Any) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{server.url}/api/v1/rooms{path}?user_id=16&username=Ben",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def _room(visitor: Visitor, slug: str) -> Locator:
    return visitor.page.locator(f'.room[data-room-link="{slug}"]')


def _badges(visitor: Visitor, slug: str) -> Locator:
    return _room(visitor, slug).locator('[data-part="number"]')


async def _has_been_in(server: RoomServer, slug: str) -> None:
    """Let Ana know a room, in which somebody has said something that she has read."""
    async with somebody(server.ws_url(f"/ws/{slug}")) as ben:
        await ben.say("hello")
    async with somebody(server.ws_url(f"/ws/{slug}"), "Ana", user_id=11) as ana:
        await ana.read_all()


async def test_what_is_new_elsewhere_shows_as_it_happens_and_goes_when_read_elsewhere(
    visit: Visit, server: RoomServer
) -> None:
    await _has_been_in(server, "design")
    ana = await visit()
    await expect(_badges(ana, "design")).to_have_text(["", ""])
    icon = ana.page.locator("link[rel=icon]")
    await expect(icon).to_have_attribute("href", PLAIN)

    async with somebody(server.ws_url("/ws/design")) as ben:
        await ben.say("the colours?", "@Ana, what do you think?")
    await expect(_badges(ana, "design")).to_have_text(["2", "@1"])
    await expect(_room(ana, "design")).to_have_accessible_name(
        "Design 2 new messages you are mentioned in 1"
    )
    await expect(ana.page).to_have_title("(2) General · roomserver")
    await expect(icon).to_have_attribute("href", NEWS)
    assert await faults(ana) == []
    async with somebody(server.ws_url("/ws/design"), "Ana", user_id=11) as elsewhere:
        await elsewhere.read_all()

    await expect(_badges(ana, "design")).to_have_text(["", ""])
    await expect(ana.page).to_have_title("General · roomserver")
    await expect(icon).to_have_attribute("href", PLAIN)
    ana.has_nothing_to_complain_of()


async def test_rooms_that_others_make_rename_and_archive_move_where_they_belong(
    visit: Visit, server: RoomServer
) -> None:
    ana = await visit()
    names = ana.part("rooms", "list").locator('[data-part="name"]')
    await expect(names).to_have_text(["General"])

    _ask(server, "POST", "", name="Árbol")
    _ask(server, "POST", "", name="Zoo")
    await expect(names).to_have_text(["Árbol", "General", "Zoo"])
    _ask(server, "PATCH", "/zoo", name="arbol")
    await expect(ana.page.locator(".room__slug:not(:empty)")).to_have_text(["arbol", "zoo"])
    _ask(server, "PATCH", "/zoo", archived=True)

    await expect(names).to_have_text(["Árbol", "General"])
    await ana.part("rooms", "archived").locator("summary").click()
    await expect(_room(ana, "zoo")).to_be_visible()
    assert await faults(ana) == []


async def test_on_a_phone_the_button_of_the_rooms_says_what_is_new(
    visit: Visit, server: RoomServer
) -> None:
    await _has_been_in(server, "design")
    ana = await visit(viewport=PHONE)
    await expect(ana.messages).to_have_count(0)
    button = ana.page.locator("[data-opens=rooms]")
    await expect(button).to_have_accessible_name("Rooms")

    async with somebody(server.ws_url("/ws/design")) as ben:
        await ben.say("@Ana?")

    await expect(button).to_have_accessible_name("Rooms, 1 new message")
    await expect(ana.part("header", "dot")).to_have_class(re.compile("is-mention"))


async def test_on_a_phone_a_side_that_is_shown_has_the_focus_and_moves_nothing(
    visit: Visit,
) -> None:
    ana = await visit(viewport=PHONE)
    await expect(ana.page.locator(".member")).to_have_count(1)
    for side in ("rooms", "members"):
        await ana.page.locator(f"[data-opens={side}]").click()
        await expect(ana.page.locator(f"#{side} [data-closes]")).to_be_focused()
        shell = ana.page.locator('[data-region="shell"]')
        assert await shell.evaluate("(shell) => shell.scrollLeft") == 0
        await ana.page.keyboard.press("Escape")
        await expect(ana.page.locator(f"#{side}")).to_be_hidden()
        await expect(ana.part("header", "name")).to_be_in_viewport(ratio=1)

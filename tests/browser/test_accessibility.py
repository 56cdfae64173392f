"""For everyone: by keyboard, by ear, enlarged, on a small screen."""

from itertools import product
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.axe import faults
from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.browser.visitor import PHONE, Visitor
from tests.support.servers import RoomServer

LOOKS = pytest.mark.parametrize(
    ("scheme", "locale"), list(product(["light", "dark"], ["en-GB", "es-ES"]))
)
SIDES = {"rooms", "timeline", "composer", "members"}


async def _focus(visitor: Visitor) -> str:
    found: str = await visitor.page.evaluate(
        "document.activeElement.closest('[data-region]')?.dataset.region ?? ''"
    )
    return found


async def _round(visitor: Visitor, key: str) -> list[str]:
    """Press *key* once for each region, from the composer on; return where the focus was."""
    await visitor.is_ready()
    await expect(visitor.composer).to_be_focused()
    there = []
    for _ in SIDES:
        await visitor.page.keyboard.press(key)
        there.append(await _focus(visitor))
    return there


async def _close(visitor: Visitor) -> None:
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.page.locator("dialog[open], [popover]:popover-open")).to_have_count(0)


async def _talk(server: RoomServer) -> None:
    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("*tea?* `now` https://tea.example", "> or coffee\nyes", "```\ncode\n```")


async def _fits(visitor: Visitor, size: dict[str, int]) -> None:
    width = await visitor.page.evaluate("document.documentElement.scrollWidth")
    assert width <= size["width"]


@LOOKS
async def test_nothing_is_wrong_with_the_conversation(
    visit: Visit, server: RoomServer, scheme: str, locale: str
) -> None:
    await _talk(server)
    ana = await visit(color_scheme=scheme, locale=locale)
    await expect(ana.messages).to_have_count(3)
    await ana.write("mine")
    await expect(ana.messages).to_have_count(4)
    await ana.messages.last.hover()
    assert await faults(ana) == []

    await ana.page.locator('.actions [data-part="react"]').click()
    assert await faults(ana) == []
    await ana.page.locator(".picker__emoji").first.click()
    await ana.composer.press("ArrowUp")
    assert await faults(ana) == []
    await ana.composer.press("Escape")

    server.kill()
    await ana.write("waits")
    await expect(ana.connection_bar).to_be_visible(timeout=10_000)
    assert await faults(ana) == []


@LOOKS
async def test_nothing_is_wrong_with_what_opens(visit: Visit, scheme: str, locale: str) -> None:
    ana = await visit(color_scheme=scheme, locale=locale, permissions=["notifications"])
    await expect(ana.page.locator(".member")).to_have_count(1)
    assert await faults(ana) == []  # an empty room

    await ana.part("header", "connect").click()
    assert await faults(ana) == []
    await _close(ana)
    await ana.part("rooms", "new").click()
    await ana.part("new-room", "name").press("Enter")
    assert await faults(ana) == []
    await _close(ana)
    await ana.part("me", "button").click()
    assert await faults(ana) == []
    await _close(ana)
    await ana.part("bell", "button").click()
    assert await faults(ana) == []
    await _close(ana)
    await ana.timeline.focus()
    await ana.page.keyboard.press("?")
    await expect(ana.page.locator('[data-region="shortcuts"]')).to_be_visible()
    assert await faults(ana) == []


@LOOKS
async def test_nothing_is_wrong_with_a_first_visit_on_a_phone(
    visit: Visit, scheme: str, locale: str
) -> None:
    looks: dict[str, Any] = {"color_scheme": scheme, "locale": locale}
    ana = await visit(name=None, viewport=PHONE, has_touch=True, is_mobile=True, **looks)
    await expect(ana.part("ask", "input")).to_be_visible()
    assert await faults(ana) == []
    await ana.part("ask", "input").fill("Ana")
    await ana.part("ask", "submit").tap()
    await expect(ana.page.locator(".member")).to_have_count(1)

    for side in ("rooms", "members"):
        await ana.page.locator(f"[data-opens={side}]").tap()
        await expect(ana.page.locator(f"#{side}")).to_be_visible()
        await ana.page.wait_for_timeout(250)  # it slides in
        assert await faults(ana) == []
        await ana.page.locator(f"#{side} [data-closes]").tap()


async def test_f6_goes_round_the_regions_and_back(visit: Visit) -> None:
    ana = await visit()

    assert await _round(ana, "F6") == ["members", "rooms", "timeline", "composer"]
    assert await _round(ana, "Shift+F6") == ["timeline", "rooms", "members", "composer"]


async def test_f6_goes_to_the_rooms_before_they_are_listed(visit: Visit) -> None:
    ana = await visit("/health/live")
    await ana.page.route("**/api/v1/rooms?*", lambda route: route.abort())
    await ana.page.goto(ana.url)

    assert await _round(ana, "F6") == ["members", "rooms", "timeline", "composer"]
    await expect(ana.page.locator(".room")).to_have_count(0)


async def test_f6_leaves_the_conversation_where_it_was_read(
    visit: Visit, server: RoomServer
) -> None:
    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say(*(f"message {number}" for number in range(40)))
    ana = await visit()
    await expect(ana.messages.last).to_be_in_viewport()

    assert await _round(ana, "F6") == ["members", "rooms", "timeline", "composer"]
    await expect(ana.messages.last).to_be_in_viewport()
    await expect(ana.messages.first).not_to_be_in_viewport()


async def test_a_question_mark_is_a_letter_while_one_writes(visit: Visit) -> None:
    ana = await visit()
    sheet = ana.page.locator('[data-region="shortcuts"]')

    await ana.composer.press("?")
    await expect(ana.composer).to_have_value("?")
    await expect(sheet).to_be_hidden()
    await ana.timeline.focus()
    await ana.page.keyboard.press("?")
    await expect(sheet).to_contain_text("Send the message")
    await ana.page.keyboard.press("Escape")

    await expect(sheet).to_be_hidden()
    ana.has_nothing_to_complain_of()


async def test_days_and_authors_are_headings(visit: Visit, server: RoomServer) -> None:
    await _talk(server)
    ana = await visit()
    await expect(ana.messages).to_have_count(3)

    await expect(ana.page.get_by_role("heading", level=1)).to_have_text("General")
    await expect(ana.timeline.get_by_role("heading", level=2)).to_have_text(["Today"])
    await expect(ana.timeline.get_by_role("heading", level=3)).to_have_text(["Ben"])


async def test_many_at_once_are_announced_as_one_sentence(visit: Visit, server: RoomServer) -> None:
    ana = await visit()
    await expect(ana.page.locator(".member")).to_have_count(1)

    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("one", "two", "three", "four", "five")

    await expect(ana.page.locator('[data-region="announcer"]')).to_have_text(
        "5 new messages. The last one, Ben: five"
    )


@pytest.mark.parametrize(
    "size", [{"width": 320, "height": 568}, {"width": 640, "height": 400}], ids=["320px", "200%"]
)
async def test_a_small_or_enlarged_page_loses_nothing(
    visit: Visit, server: RoomServer, size: dict[str, int]
) -> None:
    """640 by 400 is what is left of 1280 by 800 at 200 %."""
    async with somebody(server.ws_url("/ws/general"), "W" * 64) as ben:
        await ben.say("x" * 400, "```\n" + "y" * 400 + "\n```", "https://" + "z" * 300 + ".example")
    ana = await visit(viewport=size)
    await expect(ana.messages).to_have_count(3)

    await _fits(ana, size)
    if size["width"] < 384:
        await ana.part("header", "about").click()
        await _fits(ana, size)
        await ana.part("about-room", "connect").click()
    else:
        await ana.part("header", "connect").click()
    await expect(ana.page.locator(".dialog--connect")).to_be_visible()
    await _fits(ana, size)
    await _close(ana)
    await ana.page.locator("[data-opens=rooms]").click()
    await ana.part("me", "button").click()
    await _fits(ana, size)
    await ana.page.keyboard.press("Escape")
    await expect(ana.page.locator("#rooms")).to_be_hidden()
    await ana.timeline.focus()
    await ana.page.keyboard.press("?")
    await _fits(ana, size)
    await _close(ana)

    await expect(ana.composer).to_be_in_viewport()
    await ana.write("fits")
    await ana.reads("fits")
    await expect(ana.bodies.last).to_be_in_viewport()


async def test_whoever_wants_no_motion_gets_none(visit: Visit) -> None:
    ana = await visit(viewport=PHONE, reduced_motion="reduce")

    moving = await ana.page.evaluate(
        """[...document.querySelectorAll("*")]
            .filter((each) => parseFloat(getComputedStyle(each).transitionDuration) > 0.001)
            .map((each) => each.className)"""
    )

    assert moving == []

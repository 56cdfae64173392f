"""Looking for what was said, and going there."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.axe import faults
from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.browser.visitor import PHONE, Visitor
from tests.support.servers import RoomServer

POINTED = re.compile(r"\bis-pointed\b")


def _panel(visitor: Visitor) -> Locator:
    return visitor.page.locator('[data-region="search"]')


def _found(visitor: Visitor) -> Locator:
    return _panel(visitor).locator(".find__text")


async def _talk(server: RoomServer) -> None:
    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("Who brings <b>coffee</b>?", "Nobody?", "Then I bring the Coffee 🎉 myself")


async def test_what_was_said_is_found_by_keyboard_alone_and_opened_in_its_place(
    visit: Visit, server: RoomServer
) -> None:
    await _talk(server)
    ana = await visit()
    await expect(ana.messages).to_have_count(3)

    await ana.composer.press("ControlOrMeta+k")
    await ana.page.keyboard.type("coff")
    await expect(_found(ana)).to_have_text(
        ["Then I bring the Coffee 🎉 myself", "Who brings <b>coffee</b>?"]
    )
    await expect(_found(ana).locator("mark")).to_have_text(["Coffee", "coffee"])
    await expect(ana.part("search", "status")).to_have_text("2 messages found, the newest first")
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        await ana.page.keyboard.press(key)

    await expect(_panel(ana)).to_be_hidden()
    await expect(ana.messages.first).to_have_class(POINTED)
    await expect(ana.messages.first).to_be_focused()
    await expect(ana.page).to_have_url(re.compile(r"/rooms/general/\d+$"))
    ana.has_nothing_to_complain_of()


async def test_escape_gives_the_focus_back_and_the_words_are_still_there(
    visit: Visit, server: RoomServer
) -> None:
    await _talk(server)
    ana = await visit()
    await ana.composer.fill("half a thought")
    await ana.composer.press("ControlOrMeta+k")
    await ana.page.keyboard.type("coffee")
    await expect(_found(ana)).to_have_count(2)

    await ana.page.keyboard.press("Escape")
    await expect(ana.composer).to_be_focused()
    await expect(ana.composer).to_have_value("half a thought")
    async with somebody(server.ws_url("/ws/general"), "Carla", user_id=33) as carla:
        await carla.say("coffee is ready")
    await ana.composer.press("ControlOrMeta+k")

    await expect(ana.part("search", "input")).to_have_value("coffee")
    await expect(_found(ana).first).to_have_text("coffee is ready")


async def test_more_is_shown_page_by_page_and_nothing_found_is_said(
    visit: Visit, server: RoomServer
) -> None:
    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say(*(f"tea number {n}" for n in range(25)))
    ana = await visit()
    await expect(ana.messages).to_have_count(25)
    await ana.page.locator("[data-searches]").click()

    await ana.page.keyboard.type("tea")
    await expect(_found(ana)).to_have_count(20)
    await ana.part("search", "more").click()

    await expect(_found(ana)).to_have_count(25)
    await expect(_found(ana).last).to_have_text("tea number 0")
    await expect(ana.part("search", "more")).to_be_hidden()
    await expect(_panel(ana).locator(".find").nth(20)).to_be_focused()
    await ana.part("search", "input").fill("wine")
    await expect(ana.part("search", "nothing")).to_contain_text("Nobody has said “wine” here.")
    ana.has_nothing_to_complain_of()


async def test_a_search_without_the_server_says_so_and_can_be_tried_again(
    visit: Visit, server: RoomServer
) -> None:
    await _talk(server)
    ana = await visit()
    await expect(ana.messages).to_have_count(3)
    await ana.page.context.set_offline(True)
    await ana.page.locator("[data-searches]").click()

    await ana.page.keyboard.type("coffee")
    await expect(ana.part("search", "failed")).to_contain_text("can’t be reached")
    await ana.page.context.set_offline(False)

    await expect(_found(ana)).to_have_count(2)
    await expect(ana.part("search", "failed")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_a_phone_it_is_a_sheet_in_which_nothing_is_wrong(
    visit: Visit, server: RoomServer, scheme: str
) -> None:
    await _talk(server)
    ana = await visit(viewport=PHONE, has_touch=True, is_mobile=True, color_scheme=scheme)
    await expect(ana.messages).to_have_count(3)
    await ana.page.locator("[data-searches]").tap()
    assert await faults(ana) == []

    await ana.part("search", "input").fill("coffee")
    await expect(_found(ana)).to_have_count(2)

    assert await faults(ana) == []
    box = await _panel(ana).bounding_box()
    assert box == {"x": 0, "y": 0, **PHONE}
    await ana.page.set_viewport_size({"width": 320, "height": 480})
    assert await ana.page.evaluate("document.documentElement.scrollWidth") <= 320
    await _found(ana).last.tap()
    await expect(_panel(ana)).to_be_hidden()
    await expect(ana.messages.first).to_be_in_viewport()

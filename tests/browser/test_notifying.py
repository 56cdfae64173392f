"""The bell: what one is told of while one looks elsewhere."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.browser.visitor import Visitor
from tests.support.servers import RoomServer

RECORDED = """
    window.told = []
    window.asked = 0
    class Told extends EventTarget {
        static permission = window.permitted ?? "default"
        static requestPermission() {
            window.asked += 1
            Told.permission = "granted"
            return Promise.resolve("granted")
        }
        constructor(title, { body }) {
            super()
            window.told.push(`${title} | ${body}`)
            document.documentElement.dataset.told = window.told.length
        }
        close() {}
    }
    window.Notification = Told
"""


async def _recording(visitor: Visitor, *, permitted: str = "default") -> None:
    """Note what would be shown: a headless browser has nowhere to show it."""
    await visitor.page.context.add_init_script(f"window.permitted = '{permitted}';{RECORDED}")
    await visitor.page.reload()
    await expect(visitor.page.locator(".member")).to_have_count(1)


async def _choose(visitor: Visitor, level: str) -> None:
    await visitor.part("bell", "button").click()
    await visitor.page.get_by_role("radio", name=level).check()
    await visitor.page.keyboard.press("Escape")


async def _look(visitor: Visitor, *, is_hidden: bool) -> None:
    await visitor.page.evaluate(
        """isHidden => {
            Object.defineProperty(document, "hidden", { value: isHidden, configurable: true })
            document.dispatchEvent(new Event("visibilitychange"))
        }""",
        is_hidden,
    )


async def test_nothing_is_asked_on_load_and_nothing_is_shown_unasked(
    visit: Visit, server: RoomServer
) -> None:
    ana = await visit()
    await _recording(ana)
    await _look(ana, is_hidden=True)
    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("hello @Ana")
    await ana.reads("hello @Ana")

    assert await ana.page.evaluate("[told, asked]") == [[], 0]


async def test_what_was_chosen_is_told_while_one_looks_elsewhere(
    visit: Visit, server: RoomServer
) -> None:
    ana = await visit()
    await _recording(ana)
    await _choose(ana, "When I am mentioned")
    await expect(ana.part("bell", "button")).to_have_accessible_name(
        "Notifications: When I am mentioned"
    )
    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("@Ana, seen at once")
        await ana.reads("@Ana, seen at once")
        await _look(ana, is_hidden=True)
        await ben.say("not for you", "tea, @Ana?")
        await expect(ana.bodies).to_have_count(3)
        assert await ana.page.evaluate("told") == ["General | Ben: tea, @Ana?"]

        await _look(ana, is_hidden=False)
        await _choose(ana, "Of every message")
        await _look(ana, is_hidden=True)
        await ben.say("for everybody")
        await expect(ana.bodies).to_have_count(4)

    assert (await ana.page.evaluate("told"))[-1] == "General | Ben: for everybody"
    assert await ana.page.evaluate("asked") == 1


async def test_a_browser_that_blocks_them_says_the_way_out(visit: Visit) -> None:
    ana = await visit()
    await _recording(ana, permitted="denied")

    await ana.part("bell", "button").click()

    await expect(ana.page.get_by_text("This browser blocks notifications")).to_be_visible()


async def test_other_rooms_tell_as_each_of_them_was_set(visit: Visit, server: RoomServer) -> None:
    for room in ("design", "kitchen"):
        async with somebody(server.ws_url(f"/ws/{room}"), "Ana", user_id=11):
            pass
    ana = await visit("/rooms/design")
    await _recording(ana)
    await _choose(ana, "When I am mentioned")
    await ana.page.locator('[data-room-link="general"]').first.click()
    await expect(ana.part("header", "name")).to_have_text("General")
    await expect(ana.page.locator(".member")).to_have_count(1)
    await _look(ana, is_hidden=True)

    async with somebody(server.ws_url("/ws/kitchen")) as ben:
        await ben.say("@Ana, not asked for")
    async with somebody(server.ws_url("/ws/design")) as ben:
        await ben.say("nothing for you", "the colours, @Ana?")

    await expect(ana.page.locator("html")).to_have_attribute("data-told", re.compile(r"\d"))
    await expect(ana.page).to_have_title("(3) General · roomserver")
    # Told of again, the same one takes its own place: they have one tag.
    assert set(await ana.page.evaluate("told")) == {"Design | Ben: the colours, @Ana?"}

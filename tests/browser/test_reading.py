"""A room with a past, on every screen, in both languages, by day and by night."""

import json
import re

from playwright.async_api import ElementHandle, WebSocketRoute, expect

from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.browser.visitor import PHONE, Visitor
from tests.support.servers import RoomServer

SHOWN_MAX = 160
PEOPLE = 12
"""Each may say only so much at once."""


async def _fill(server: RoomServer, messages: int) -> list[int]:
    """Let many people say *messages* things; return the numbers in the order they were said."""
    order = [number for person in range(PEOPLE) for number in range(person, messages, PEOPLE)]
    for person in range(PEOPLE):
        name = f"Person{person}"
        async with somebody(server.ws_url("/ws/general"), name, user_id=100 + person) as each:
            await each.say(*(f"message {number}" for number in range(person, messages, PEOPLE)))
    return order


async def _read_from_the_beginning(visitor: Visitor) -> None:
    beginning = visitor.page.get_by_text("This is where General begins.")
    while not await beginning.is_visible():
        count = await visitor.messages.count()
        first = await visitor.bodies.first.inner_text()
        await visitor.timeline.evaluate("element => element.scrollTo(0, 0)")
        # The page reads on by itself too: perhaps the first was the very first already.
        same = re.compile(rf"^\s*{re.escape(first)}\s*$")
        another = visitor.bodies.first.filter(has_not_text=same)
        await expect(another.or_(beginning).filter(visible=True)).not_to_have_count(0)
        assert await visitor.messages.count() >= min(count, SHOWN_MAX)
    await visitor.timeline.evaluate("element => element.scrollTo(0, 0)")


async def _top_of(row: ElementHandle) -> float:
    box = await row.bounding_box()
    assert box is not None
    return box["y"]


async def test_older_messages_come_on_scrolling_up_and_nothing_moves(
    visit: Visit, server: RoomServer
) -> None:
    order = await _fill(server, 150)
    visitor = await visit()
    await expect(visitor.messages).to_have_count(50)
    read = await visitor.messages.nth(12).element_handle()
    assert read is not None
    await read.evaluate("row => row.scrollIntoView()")
    before = await _top_of(read)

    await expect(visitor.messages).not_to_have_count(50)

    assert abs(await _top_of(read) - before) <= 1
    await _read_from_the_beginning(visitor)
    assert await visitor.bodies.all_inner_texts() == [f"message {number}" for number in order]
    visitor.has_nothing_to_complain_of()


async def test_new_messages_wait_below_until_the_reader_jumps(
    visit: Visit, server: RoomServer
) -> None:
    await _fill(server, 40)
    visitor = await visit()
    await expect(visitor.messages).to_have_count(40)
    jump = visitor.page.locator('[data-region="jump"]')
    await expect(jump).to_be_hidden()
    await visitor.timeline.evaluate("element => element.scrollTo(0, 0)")
    await expect(jump).to_be_visible()

    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("news", "more news")
    await expect(jump).to_have_accessible_name("To the latest, 2 new messages")
    await expect(visitor.bodies.first).to_be_in_viewport()
    await jump.click()

    await expect(visitor.bodies.nth(-1)).to_be_in_viewport()
    await expect(jump).to_be_hidden()


async def test_the_page_holds_only_so_many_messages(visit: Visit, server: RoomServer) -> None:
    await _fill(server, 250)
    visitor = await visit()
    await expect(visitor.messages).to_have_count(50)
    await _read_from_the_beginning(visitor)

    await _fill(server, 100)
    jump = visitor.page.locator('[data-region="jump"]')
    await expect(jump).to_have_accessible_name("To the latest, 100 new messages")

    assert await visitor.messages.count() == SHOWN_MAX
    await expect(visitor.bodies.first).to_be_in_viewport()
    await jump.click()
    await expect(visitor.bodies.nth(-1)).to_be_in_viewport()
    assert await visitor.messages.count() <= SHOWN_MAX


async def test_what_the_page_does_not_know_is_a_harmless_line(
    visit: Visit, server: RoomServer
) -> None:
    def of_tomorrow(line: WebSocketRoute) -> None:
        def heard(frame: str | bytes) -> None:
            event = json.loads(frame)
            if event["type"] == "message" and event["data"]["content"] == "a poll":
                event = {"type": "poll", "data": {"type": "poll", "seq": event["data"]["seq"]}}
            line.send(json.dumps(event))

        line.connect_to_server().on_message(heard)

    visitor = await visit()
    await visitor.page.route_web_socket("**/ws/*", of_tomorrow)
    await visitor.page.reload()
    await expect(visitor.page.locator(".member")).to_have_count(1)

    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("before", "a poll", "after")

    await expect(visitor.bodies).to_have_text(["before", "after"])
    await expect(visitor.page.locator(".unknown")).to_have_count(1)
    rows = await visitor.part("timeline", "rows").locator("li").all_inner_texts()
    assert "this version of the page" in rows[-2]
    visitor.has_nothing_to_complain_of()


async def test_the_page_speaks_the_browser_s_language_and_the_chosen_one(visit: Visit) -> None:
    visitor = await visit(locale="es-AR")
    await expect(visitor.composer).to_have_attribute("placeholder", "Escribe en General")

    await visitor.part("me", "button").click()
    await visitor.page.get_by_role("radio", name="English").check()

    await expect(visitor.composer).to_have_attribute("placeholder", "Write to General")
    await expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    await visitor.page.reload()
    await expect(visitor.composer).to_have_attribute("placeholder", "Write to General")
    visitor.has_nothing_to_complain_of()


async def test_another_language_and_midnight_leave_what_is_read_in_its_place(
    visit: Visit, server: RoomServer
) -> None:
    await _fill(server, 60)
    visitor = await visit()
    await visitor.page.clock.install()
    await expect(visitor.messages).to_have_count(50)
    await visitor.timeline.evaluate("element => element.scrollTo(0, element.scrollHeight / 3)")
    await expect(visitor.messages).to_have_count(60)
    read = visitor.page.locator(".message", has_text="message 35")
    before = await _top_of(await read.element_handle())

    await visitor.part("me", "button").click()
    await visitor.page.get_by_role("radio", name="Español").check()
    await expect(visitor.page.locator(".day")).to_have_text("Hoy")

    assert abs(await _top_of(await read.element_handle()) - before) <= 1
    await visitor.page.keyboard.press("Escape")
    await read.focus()
    await visitor.page.clock.fast_forward("24:00:00")
    await visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(visitor.page.locator(".day")).to_have_text("Ayer")
    await expect(read).to_be_focused()


async def test_the_page_is_dark_by_the_system_or_by_choice(visit: Visit) -> None:
    visitor = await visit(color_scheme="dark")
    body = visitor.page.locator("body")
    night = await body.evaluate("element => getComputedStyle(element).backgroundColor")

    await visitor.part("me", "button").click()
    await visitor.page.get_by_role("radio", name="Light").check()
    day = await body.evaluate("element => getComputedStyle(element).backgroundColor")
    await visitor.page.get_by_role("radio", name="Dark").check()
    chosen = await body.evaluate("element => getComputedStyle(element).backgroundColor")

    assert night == chosen != day
    await visitor.page.reload()
    await expect(visitor.page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_on_a_phone_the_sides_are_sheets(visit: Visit) -> None:
    visitor = await visit(viewport=PHONE, has_touch=True, is_mobile=True)
    rooms = visitor.page.locator("#rooms")
    await expect(rooms).to_be_hidden()
    width = await visitor.page.evaluate("document.documentElement.scrollWidth")
    assert width == PHONE["width"]

    await visitor.page.get_by_role("button", name="Rooms").tap()
    await expect(rooms.get_by_role("link", name="General")).to_be_visible()
    await rooms.get_by_role("button", name="Close").tap()
    await expect(rooms).to_be_hidden()
    await visitor.page.get_by_role("button", name="1 person here").tap()

    await expect(visitor.page.locator("#members")).to_contain_text("Ana")
    visitor.has_nothing_to_complain_of()


async def test_on_touch_enter_breaks_the_line_and_the_button_sends(visit: Visit) -> None:
    visitor = await visit(viewport=PHONE, has_touch=True, is_mobile=True)
    await visitor.composer.type("one")
    await visitor.composer.press("Enter")
    await visitor.composer.type("two")

    await visitor.page.get_by_role("button", name="Send").tap()

    await visitor.reads("one\ntwo")


async def test_a_keyboard_reaches_the_composer_in_two_steps(visit: Visit) -> None:
    visitor = await visit(has_touch=True, is_mobile=True)  # where nothing has the focus yet
    await expect(visitor.page.locator(".member")).to_have_count(1)

    await visitor.page.keyboard.press("Tab")
    await expect(visitor.page.get_by_role("link", name="Skip to writing")).to_be_focused()
    await visitor.page.keyboard.press("Enter")

    await expect(visitor.composer).to_be_focused()


async def test_a_screen_reader_hears_what_arrives_and_nothing_old(
    visit: Visit, server: RoomServer
) -> None:
    await _fill(server, 3)
    visitor = await visit()
    await expect(visitor.messages).to_have_count(3)
    spoken = visitor.page.locator('[data-region="announcer"]')
    await expect(spoken).to_have_text("")

    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("tea?")

    await expect(spoken).to_have_text("Ben: tea?")


async def test_whatever_can_be_pressed_has_a_name(visit: Visit) -> None:
    visitor = await visit()
    await expect(visitor.page.locator(".member")).to_have_count(1)

    nameless = await visitor.page.evaluate(
        """[...document.querySelectorAll("button, a, input, textarea")]
            .filter((each) => each.checkVisibility())
            .filter((each) => !each.ariaLabel && !each.innerText && !each.labels?.length)
            .map((each) => each.outerHTML)"""
    )

    assert nameless == []

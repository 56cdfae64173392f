"""Two people in a room."""

import asyncio
import re

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.support.servers import RoomServer


async def test_a_visitor_is_asked_for_a_name_and_nothing_else(visit: Visit) -> None:
    visitor = await visit(name=None)
    question = visitor.page.locator('[data-region="ask"]')

    await expect(question).to_be_visible()
    for _ in range(3):  # a browser closes it at the second, whatever the page says
        await visitor.page.keyboard.press("Escape")
        await expect(question.locator("input")).to_be_focused()
    await question.locator("input").fill(" ")
    await question.locator("input").press("Enter")
    await expect(question.get_by_role("alert")).to_have_text("Please write a name.")
    await question.locator("input").fill("Ana")
    await question.locator("input").press("Enter")

    await expect(question).to_be_hidden()
    await expect(visitor.composer).to_be_focused()
    await expect(visitor.part("members", "list")).to_have_text(re.compile("Ana.*you"))
    visitor.has_nothing_to_complain_of()


async def test_two_browsers_hear_each_other(visit: Visit) -> None:
    ana = await visit(name="Ana", user_id=11)
    ben = await visit(name="Ben", user_id=16)
    await expect(ana.page.locator(".member")).to_have_count(2)

    await ana.write("tea?")
    await ben.reads("tea?")
    await ben.write("*yes*, two sugars")

    await ana.reads("tea?", "yes, two sugars")
    await expect(ana.page.locator(".message__body strong")).to_have_text("yes")
    for visitor in (ana, ben):
        visitor.has_nothing_to_complain_of()


async def test_it_says_who_is_typing_until_they_have_written(
    visit: Visit, server: RoomServer
) -> None:
    visitor = await visit()
    line = visitor.page.locator('[data-region="typing"]')
    async with somebody(server.ws_url("/ws/general")) as ben:
        await expect(visitor.page.locator(".member")).to_have_count(2)
        await ben.is_typing()
        await expect(line).to_have_text("Ben is typing…")

        await ben.say("hello")

        await expect(line).to_have_text("")
        await visitor.composer.type("hel")
        assert (await ben.hear("typing"))["is_typing"] is True


async def test_a_long_message_unfolds(visit: Visit, server: RoomServer) -> None:
    visitor = await visit()
    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("line\n" * 200 + "end")

    await visitor.page.get_by_role("button", name="Show all").click()

    box = await visitor.bodies.first.bounding_box()
    assert box is not None
    assert box["height"] > 4_000


async def test_the_composer_breaks_lines_counts_and_never_swallows_a_text(visit: Visit) -> None:
    visitor = await visit()
    await visitor.composer.fill("x" * 4_001)

    await visitor.composer.press("Enter")

    await expect(visitor.part("composer", "hint")).to_have_text("One character too many to send.")
    assert len(await visitor.composer.input_value()) == 4_001
    await visitor.composer.fill("one")
    await visitor.composer.press("Shift+Enter")
    await visitor.composer.type("two")
    await visitor.composer.press("Enter")
    await visitor.reads("one\ntwo")


async def test_a_new_room_opens_without_loading_the_page_again(visit: Visit) -> None:
    visitor = await visit()
    await visitor.page.evaluate("window.isTheSamePage = true")

    await visitor.part("rooms", "new").click()
    await visitor.part("new-room", "name").fill("Book club")
    await visitor.part("new-room", "name").press("Enter")

    heading = visitor.page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Book club")
    await visitor.write("Chapter one")
    await visitor.reads("Chapter one")
    await visitor.page.get_by_role("link", name="General").click()
    await expect(heading).to_have_text("General")
    await expect(visitor.messages).to_have_count(0)
    await visitor.page.go_back()
    await visitor.reads("Chapter one")
    assert visitor.page.url.endswith("/rooms/book-club")
    assert await visitor.page.evaluate("window.isTheSamePage")
    visitor.has_nothing_to_complain_of()


async def test_a_room_opened_by_its_number_gets_its_name(visit: Visit) -> None:
    visitor = await visit("/rooms/1")

    await expect(visitor.page).to_have_url(re.compile("/rooms/general$"))


async def test_another_name_is_everyone_s_name_for_me(visit: Visit, server: RoomServer) -> None:
    visitor = await visit()
    async with somebody(server.ws_url("/ws/general")) as ben:
        await visitor.part("me", "button").click()
        await visitor.part("me", "rename").click()
        await visitor.part("ask", "input").fill("Ana María")
        await visitor.part("ask", "input").press("Enter")
        await expect(visitor.part("members", "list")).to_contain_text("Ana María")

        await visitor.write("it is me")

        async with asyncio.timeout(10):
            assert (await ben.hear("message"))["username"] == "Ana María"

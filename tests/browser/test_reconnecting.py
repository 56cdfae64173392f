"""The server goes away and comes back, and nothing that was written is lost or told twice."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.browser.visitor import WHILE_THE_SERVER_IS_AWAY
from tests.support.servers import RoomServer

BACK_WITHIN_MS = 40_000
"""The longest wait between two attempts, and some."""


async def test_what_is_written_while_the_server_is_away_arrives_once_and_in_order(
    visit: Visit, server: RoomServer
) -> None:
    ana = await visit(name="Ana", user_id=11)
    ben = await visit(name="Ben", user_id=16)
    await ana.write("before")
    await ben.reads("before")

    server.kill()
    for text in ("one", "two", "three"):
        await ana.write(text)
    await expect(ana.connection_bar).to_be_visible()
    await expect(ana.connection_bar.get_by_role("alert")).to_have_text(
        "The connection is lost. What you write is kept here and sent as soon as it is back."
    )
    server.restart()

    await expect(ana.connection_bar).to_be_hidden(timeout=BACK_WITHIN_MS)
    await expect(ben.connection_bar).to_be_hidden(timeout=BACK_WITHIN_MS)
    for visitor in (ana, ben):
        await visitor.reads("before", "one", "two", "three")
        await expect(visitor.messages).to_have_count(4)
        visitor.has_nothing_to_complain_of(but=WHILE_THE_SERVER_IS_AWAY)


async def test_what_others_wrote_meanwhile_is_there_without_a_reload(
    visit: Visit, server: RoomServer
) -> None:
    visitor = await visit()
    await visitor.write("before")
    await visitor.reads("before")
    await visitor.page.evaluate("window.isTheSamePage = true")

    server.kill()
    server.restart()
    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say(*(f"meanwhile {number}" for number in range(5)))

    await expect(visitor.messages).to_have_count(6, timeout=BACK_WITHIN_MS)
    await visitor.reads("before", *(f"meanwhile {number}" for number in range(5)))
    assert await visitor.page.evaluate("window.isTheSamePage")


async def test_a_button_tries_at_once(visit: Visit, server: RoomServer) -> None:
    visitor = await visit()
    await expect(visitor.page.locator(".member")).to_have_count(1)
    server.kill()
    await expect(visitor.connection_bar).to_be_visible()

    # While the server is away: once it is back, the page may be quicker than a finger.
    async with visitor.page.expect_websocket():
        await visitor.page.get_by_role("button", name="Now").click()
    server.restart()
    await visitor.page.evaluate("dispatchEvent(new Event('online'))")

    await expect(visitor.connection_bar).to_be_hidden(timeout=BACK_WITHIN_MS)


async def test_a_reload_keeps_the_conversation_and_the_draft(visit: Visit) -> None:
    visitor = await visit()
    await visitor.write("said")
    await visitor.reads("said")
    await visitor.composer.fill("not yet")

    await visitor.page.reload()

    await visitor.reads("said")
    await expect(visitor.composer).to_have_value("not yet")
    visitor.has_nothing_to_complain_of()


async def test_a_name_that_the_server_refuses_is_asked_for_again(visit: Visit) -> None:
    visitor = await visit(name="Ana\u200bna")
    question = visitor.page.locator('[data-region="ask"]')

    await expect(question.get_by_role("alert")).to_have_text(re.compile("can't be seen"))
    await question.locator("input").fill("Anna")
    await question.locator("input").press("Enter")

    await expect(visitor.part("members", "list")).to_contain_text("Anna")


async def test_a_room_that_one_may_not_enter_says_so_and_leads_elsewhere(
    visit: Visit, server: RoomServer
) -> None:
    async with somebody(server.ws_url("/ws/book-club")) as ben:
        await ben.say("just us")
    visitor = await visit()
    await expect(visitor.page.locator(".member")).to_have_count(1)
    await visitor.page.route_web_socket("**/ws/book-club?*", lambda line: line.close(code=4403))

    await visitor.page.get_by_role("link", name="Book club").click()

    await expect(visitor.connection_bar.get_by_role("alert")).to_have_text(
        "You can’t be in Book club. What you wrote is kept here."
    )
    await visitor.page.get_by_role("button", name="Go to General").click()
    await visitor.write("back")
    await visitor.reads("back")
    await expect(visitor.connection_bar).to_be_hidden()

"""Replies, links to messages, and ways to other days."""

import re
import sqlite3
from contextlib import closing

from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.browser.visitor import Visitor
from tests.support.servers import RoomServer

POINTED = re.compile(r"\bis-pointed\b")


def _put_back_in_time(server: RoomServer, *, days: int, where: str) -> None:
    """Let what was said have been said before; the server is not running."""
    (database,) = server.data_dir.glob("*.sqlite3")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            f"UPDATE entries SET created_at_ms = created_at_ms - {days * 86_400_000} WHERE {where}"
        )


async def _say_many(server: RoomServer, count: int) -> None:
    """Say number 0, 1, 2, …, by so many people that nobody is too fast."""
    for first in range(0, count, 40):
        room = server.ws_url("/ws/general")
        async with somebody(room, f"P{first}", user_id=100 + first) as person:
            await person.say(*(f"number {n}" for n in range(first, min(first + 40, count))))


def _saying(visitor: Visitor, text: str) -> Locator:
    return visitor.page.locator(f'.message:has(.message__body div:text-is("{text}"))')


async def _reply(visitor: Visitor, text: str, answer: str) -> None:
    await visitor.messages.filter(has_text=text).last.hover()
    await visitor.page.get_by_role("button", name="Reply").click()
    await visitor.write(answer)


async def test_a_reply_shows_the_line_that_it_answers_and_leads_there(visit: Visit) -> None:
    ana = await visit(name="Ana", user_id=11)
    ben = await visit(name="Ben", user_id=16)
    await ana.write("Who brings *coffee*?")
    await ben.reads("Who brings coffee?")

    await _reply(ben, "coffee", "I do")

    for visitor in (ana, ben):
        await visitor.reads("I do")
        quote = visitor.messages.last.locator(".quote")
        await expect(quote).to_have_text("AnaWho brings *coffee*?")
    await ana.messages.last.locator(".quote").click()
    await expect(ana.messages.first).to_have_class(POINTED)
    await expect(ana.page).to_have_url(re.compile(r"/rooms/general/\d+$"))
    await expect(ana.messages.first).not_to_have_class(POINTED)
    for visitor in (ana, ben):
        visitor.has_nothing_to_complain_of()


async def test_escape_ends_a_reply_and_a_deletion_reaches_its_quotes(visit: Visit) -> None:
    ana = await visit(name="Ana", user_id=11)
    await ana.write("never mind")
    await ana.reads("never mind")
    await _reply(ana, "never mind", "what?")
    await ana.reads("never mind", "what?")
    await ana.messages.first.hover()
    await ana.page.get_by_role("button", name="Reply").click()
    bar = ana.part("composer", "replying")
    await expect(bar).to_be_visible()

    await ana.composer.press("Escape")
    await ana.messages.first.hover()
    await ana.page.locator('.actions [data-part="delete"]').click()

    await expect(bar).to_be_hidden()
    await expect(ana.page.locator(".quote.is-gone")).to_have_text(
        "AnaThis message was deleted.", timeout=8_000
    )


async def test_a_message_s_address_opens_it_in_its_place_however_long_ago(
    visit: Visit, server: RoomServer
) -> None:
    await _say_many(server, 420)
    first = await visit("/rooms/1/20")

    await expect(_saying(first, "number 19")).to_have_class(POINTED)
    await expect(_saying(first, "number 19")).to_be_in_viewport()
    await expect(first.page).to_have_url(re.compile(r"/rooms/general/20$"))
    await expect(_saying(first, "number 419")).to_have_count(0)
    for _ in range(3):
        await first.timeline.evaluate("element => element.scrollBy(0, 4000)")
        await first.page.wait_for_timeout(60)
    await expect(_saying(first, "number 200")).to_have_count(1)
    await first.part("jump", "count").locator("..").click()

    await expect(first.bodies.last).to_have_text("number 419")
    await first.write("here again")
    await first.reads("number 419", "here again")
    first.has_nothing_to_complain_of()


async def test_an_address_of_what_is_not_there_says_so(visit: Visit) -> None:
    visitor = await visit("/rooms/general/999")

    await expect(visitor.page.locator(".notice__text").first).to_have_text(
        "That message isn’t here any more."
    )


async def test_a_day_s_line_leads_to_other_days(visit: Visit, server: RoomServer) -> None:
    await _say_many(server, 300)
    server.terminate()
    _put_back_in_time(server, days=40, where="seq <= 100")
    _put_back_in_time(server, days=3, where="seq BETWEEN 101 AND 200")
    server.restart()
    visitor = await visit()
    await expect(visitor.bodies.last).to_have_text("number 299")

    # By the keyboard: older messages come while it is scrolled to, and it moves.
    await visitor.page.locator(".day__jump").last.press("Enter")
    await visitor.page.get_by_role("button", name="A week ago").click()
    await expect(_saying(visitor, "number 100")).to_be_in_viewport()
    await visitor.page.locator(".day__jump").first.press("Enter")
    await visitor.page.get_by_role("button", name="The beginning").click()

    await expect(_saying(visitor, "number 0")).to_be_in_viewport()
    visitor.has_nothing_to_complain_of()

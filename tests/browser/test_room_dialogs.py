"""Making rooms, and what is decided about one: its name, what it is about, whether it goes on."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.axe import faults
from tests.browser.conftest import Sit, Visit
from tests.browser.town_hall import NARROW, REFUSED, TownHall
from tests.browser.visitor import Visitor


async def _open_new(visitor: Visitor) -> None:
    if await visitor.page.locator("[data-opens=rooms]").is_visible():
        await visitor.page.locator("[data-opens=rooms]").click()
    await visitor.part("rooms", "new").click()
    await expect(visitor.part("new-room", "name")).to_be_focused()


async def _open_about(visitor: Visitor) -> None:
    await visitor.part("header", "about").click()
    await expect(visitor.part("about-room", "title")).to_be_visible()


async def _widths(visitor: Visitor) -> tuple[int, int]:
    found: list[int] = await visitor.page.evaluate(
        "[document.documentElement.scrollWidth, document.querySelector('dialog[open]').scrollWidth]"
    )
    return found[0], found[1]


async def test_a_room_is_made_with_what_it_is_about(visit: Visit) -> None:
    ana, ben = await visit(), await visit(name="Ben", user_id=16)
    await _open_new(ana)
    problem = ana.part("new-room", "name-problem")

    await ana.page.keyboard.press("Enter")
    await expect(problem).to_have_text("Please give the room a name.")
    await ana.page.keyboard.type("x" * 81)
    await expect(problem).to_be_empty()
    await ana.page.keyboard.press("Enter")
    await expect(problem).to_have_text("A name can have at most 80 characters.")
    await ana.part("new-room", "name").fill("Book club")
    await ana.page.keyboard.press("Tab")
    await ana.page.keyboard.type("What we read")
    await ana.page.keyboard.press("Enter")

    await expect(ana.part("header", "name")).to_have_text("Book club")
    await expect(ana.part("header", "description")).to_have_text("What we read")
    await expect(ana.page).to_have_url(re.compile("/rooms/book-club$"))
    await expect(ben.page.locator('[data-room-link="book-club"]')).to_be_visible()
    ana.has_nothing_to_complain_of()


async def test_whoever_makes_a_second_room_of_a_name_is_told_and_shown_the_first(
    visit: Visit,
) -> None:
    ana = await visit("/rooms/design")
    await expect(ana.part("header", "name")).to_have_text("Design")
    await _open_new(ana)
    twin = ana.part("new-room", "twin")

    await ana.page.keyboard.type("géneral")
    await expect(twin).to_contain_text("There is a room called General already.")
    await twin.get_by_role("link").click()
    await expect(ana.part("header", "name")).to_have_text("General")
    await _open_new(ana)
    await expect(twin).to_be_hidden()
    await ana.page.keyboard.type("General")
    await ana.page.keyboard.press("Enter")

    await expect(ana.page).to_have_url(re.compile("/rooms/general-2$"))
    await expect(ana.page.locator(".room__slug:not(:empty)")).to_have_text(["general", "general-2"])


async def test_a_room_is_renamed_and_described_for_everybody(visit: Visit) -> None:
    ana, ben = await visit(), await visit(name="Ben", user_id=16)
    await _open_about(ana)

    await ana.part("about-room", "name").fill("Plaza")
    await ana.part("about-room", "description").fill("x" * 281)
    await ana.part("about-room", "name").press("Enter")
    await expect(ana.part("about-room", "description-problem")).to_contain_text("280")
    await ana.part("about-room", "description").fill("Meet here")
    await ana.part("about-room", "name").press("Enter")

    for visitor in (ana, ben):
        await expect(visitor.part("header", "name")).to_have_text("Plaza")
        await expect(visitor.part("header", "description")).to_have_text("Meet here")
        await expect(visitor.page.locator(".room[aria-current]")).to_have_text("Plaza")
    await expect(ana.part("header", "about")).to_be_focused()
    ana.has_nothing_to_complain_of()


async def test_a_room_is_archived_by_name_and_restored(visit: Visit) -> None:
    ana, ben = await visit(), await visit(name="Ben", user_id=16)
    await ana.write("the last word")
    await ben.reads("the last word")
    await _open_about(ana)
    await ana.part("about-room", "archive").click()
    await expect(ana.part("about-room", "title")).to_have_text("Archive General?")

    await ana.page.get_by_role("button", name="Archive General").click()

    for visitor in (ana, ben):
        await expect(visitor.composer).to_be_hidden()
        await expect(visitor.part("rooms", "archived")).to_contain_text("General")
        await expect(visitor.bodies).to_have_text(["the last word"])
    await _open_about(ben)
    await expect(ben.part("about-room", "state")).to_contain_text("This room is archived.")
    await ben.part("about-room", "restore").click()
    await expect(ana.composer).to_be_visible()
    await ana.write("and another")
    await ben.reads("the last word", "and another")


async def test_without_the_server_a_room_is_not_made_and_what_was_written_stays(
    visit: Visit,
) -> None:
    ana = await visit()
    await _open_new(ana)
    await ana.page.context.set_offline(True)

    await ana.page.keyboard.type("Book club")
    await ana.page.keyboard.press("Enter")

    await expect(ana.part("new-room", "problem")).to_contain_text("can’t be reached")
    await expect(ana.part("new-room", "name")).to_have_value("Book club")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_is_wrong_with_the_dialogs(visit: Visit, scheme: str) -> None:
    looks: dict[str, Any] = {"color_scheme": scheme, "reduced_motion": "reduce"}
    ana = await visit(viewport=NARROW, **looks)
    await expect(ana.part("header", "name")).to_have_text("General")
    await _open_new(ana)
    await ana.page.keyboard.type("General")
    await expect(ana.part("new-room", "twin")).to_be_visible()
    assert await faults(ana) == []
    assert max(await _widths(ana)) <= NARROW["width"]
    await ana.page.keyboard.press("Escape")

    await ana.page.reload()
    await _open_about(ana)
    assert await faults(ana) == []
    await ana.part("about-room", "archive").click()
    assert await faults(ana) == []
    assert max(await _widths(ana)) <= NARROW["width"]


@pytest.mark.usefixtures("olga")
async def test_a_private_room_is_seen_by_its_maker_alone_and_a_member_changes_no_name(
    sit: Sit, hall: TownHall
) -> None:
    ana, ben = await sit(await hall.member("Ana")), await sit(await hall.member("Ben"))
    await _open_new(ana)
    await ana.page.keyboard.type("Plans")
    await ana.page.get_by_role("switch", name="Private").check()
    await expect(ana.part("new-room", "reach")).to_contain_text("Only people who are invited")
    assert await faults(ana) == []
    await ana.part("new-room", "name").press("Enter")

    await expect(ana.part("header", "private")).to_be_visible()
    await expect(ana.page.locator('.room[data-room-link="plans"]')).to_have_accessible_name(
        "Private Plans"
    )
    await _open_about(ben)
    for name in ("form", "archive", "restore"):
        await expect(ben.part("about-room", name)).to_be_hidden()
    await expect(ben.part("about-room", "state")).to_have_text(
        "Everyone here can see this room and come in."
    )
    await ben.page.keyboard.press("Escape")
    await _open_new(ben)
    await ben.page.keyboard.type("Plans")
    await expect(ben.part("new-room", "twin")).to_be_hidden()
    await ben.page.keyboard.press("Enter")
    await expect(ben.part("header", "name")).to_have_text("Plans")
    await expect(ben.page).to_have_url(re.compile("/rooms/plans-2$"))
    ben.has_nothing_to_complain_of(but=REFUSED)

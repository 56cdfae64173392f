"""How a room is used, the links into it, and the log of what was decided."""

import asyncio

from playwright.async_api import Locator, Route, expect

from tests.browser.conftest import Sit
from tests.browser.town_hall import Member, TownHall
from tests.browser.visitor import WHILE_THE_SERVER_IS_AWAY, Visitor


async def open_tab(visitor: Visitor, name: str) -> Locator:
    """Open the dialog at this tab; return the tab's panel."""
    dialog = visitor.page.locator('[data-region="manage"]')
    if not await dialog.is_visible():
        if await visitor.page.locator(".room-header__members").is_visible():
            await visitor.page.locator(".room-header__members").click()
        await visitor.part("members", "manage").click()
    await dialog.locator(f'[data-tab="{name}"]').click()
    await expect(dialog).to_have_attribute("aria-busy", "false")
    return visitor.part("manage", name)


async def test_an_owner_sets_the_room_up_and_the_log_says_so(sit: Sit, olga: Member) -> None:
    visitor = await sit(olga)
    panel = await open_tab(visitor, "settings")
    await panel.get_by_text("Private", exact=True).click()
    await panel.locator("[name=announce_only]").check()
    await panel.locator("[name=slow_mode_s]").select_option("30")
    await panel.locator("[name=people_max]").fill("2.5")
    await panel.locator("[type=submit]").click()
    await expect(panel.locator('[data-part="problem"]')).to_have_text(
        "Write a whole number, or nothing."
    )
    await expect(panel.locator("[name=people_max]")).to_be_focused()
    await panel.locator("[name=people_max]").fill("25")
    await panel.locator("[type=submit]").click()
    await expect(panel.locator('[data-part="saved"]')).to_be_visible()

    settings = await olga.ask("GET", "/api/v1/rooms/general/settings")
    assert settings | {"role": "", "may": []} == {
        "private": True,
        "announce_only": True,
        "slow_mode_s": 30,
        "people_max": 25,
        "role": "",
        "may": [],
    }
    panel = await open_tab(visitor, "audit")
    await expect(panel.locator(".audited").first).to_contain_text(
        "Olga changed the settings: private, only owners and moderators write, "
        "30 seconds between messages, at most 25 at once."
    )
    visitor.has_nothing_to_complain_of()


async def test_nothing_of_the_room_before_is_shown_while_another_is_read(
    sit: Sit, olga: Member
) -> None:
    visitor = await sit(olga)
    await olga.ask("POST", "/api/v1/rooms", {"name": "Book club"})
    panel = await open_tab(visitor, "settings")
    await panel.locator("[name=announce_only]").check()
    await panel.locator("[type=submit]").click()
    await expect(panel.locator('[data-part="saved"]')).to_be_visible()
    await visitor.part("manage", "close").click()
    is_read = asyncio.Event()

    async def late(route: Route) -> None:
        await is_read.wait()
        await route.continue_()

    await visitor.page.route("**/api/v1/rooms/book-club/settings", late)
    await visitor.page.get_by_role("link", name="Book club").click()
    await visitor.part("members", "manage").click()
    await expect(visitor.part("manage", "title")).to_have_text("Book club")
    await expect(panel).to_be_hidden()
    is_read.set()

    panel = await open_tab(visitor, "settings")
    await expect(panel.locator("[name=announce_only]")).not_to_be_checked()
    await expect(panel.locator('[data-part="saved"]')).to_be_hidden()
    visitor.has_nothing_to_complain_of()


async def test_a_link_is_made_copied_used_and_taken_back(
    sit: Sit, hall: TownHall, olga: Member
) -> None:
    visitor = await sit(olga, permissions=["clipboard-read", "clipboard-write"])
    panel = await open_tab(visitor, "invitations")
    await expect(panel.locator('[data-part="no-invitations"]')).to_be_visible()
    await panel.locator("[name=uses_max]").select_option("5")
    await panel.locator("[type=submit]").click()
    link = panel.locator('[data-part="link"]')
    await expect(link).to_be_focused()
    url = await link.input_value()
    assert url.startswith(f"{visitor.url}/join#")
    qr = panel.locator('[data-part="qr"]')
    assert await qr.evaluate("(each) => each.decode().then(() => each.naturalWidth > 0)")
    await panel.locator('[data-part="copy"]').click()
    await expect(panel.locator('[data-part="copy"]')).to_have_text("Copied")
    assert await visitor.page.evaluate("navigator.clipboard.readText()") == url

    await visitor.page.route("**/api/v1/qr", lambda route: route.abort())
    await panel.locator("[type=submit]").click()
    await expect(qr).to_be_hidden()
    assert await link.input_value() != url
    await expect(panel.locator(".invitation")).to_have_count(2)
    await panel.get_by_role("button", name="Take back").first.click()

    await hall.guest("Pat", url)
    await open_tab(visitor, "invitations")
    await expect(panel.locator(".invitation")).to_contain_text("4 more, until")
    await panel.get_by_role("button", name="Take back").click()
    await expect(panel.locator(".invitation")).to_have_count(0)
    assert (await olga.ask("GET", "/api/v1/rooms/general/invites"))["invites"] == []
    visitor.has_nothing_to_complain_of(but=WHILE_THE_SERVER_IS_AWAY)

"""Nothing is wrong with what is about people, on a small screen, by day and by night."""

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.browser.axe import faults
from tests.browser.conftest import Sit
from tests.browser.town_hall import NARROW, Member, TownHall
from tests.browser.visitor import Visitor, visiting

LONG = "W" * 60

LOOKS = pytest.mark.parametrize(
    ("scheme", "locale"), [("light", "es-ES"), ("dark", "en-GB")], ids=["light", "dark"]
)


async def is_flawless(visitor: Visitor, within: str = "html") -> None:
    """Check what is on screen; nothing is wider than the screen, or than the dialog."""
    assert await faults(visitor) == []
    whole = visitor.page.locator(within)
    assert await whole.evaluate("(each) => each.scrollWidth <= each.clientWidth")


async def show(visitor: Visitor, region: str, tab: str) -> Locator:
    """Choose a tab; return its panel."""
    await visitor.page.locator(f'[data-region="{region}"] [data-tab="{tab}"]').click()
    await expect(visitor.page.locator(f'[data-region="{region}"]')).to_have_attribute(
        "aria-busy", "false"
    )
    return visitor.part(region, tab)


@LOOKS
async def test_nothing_is_wrong_with_invitations(
    browser: Browser, olga: Member, scheme: str, locale: str
) -> None:
    room = await olga.ask("POST", "/api/v1/rooms", {"name": LONG})
    paths = [await olga.invite(room["slug"], role=role) for role in ("guest", "member")]
    for path in (*paths, "/join#over", "/reset#over"):
        look = {"color_scheme": scheme, "locale": locale, "viewport": NARROW}
        async with visiting(browser, olga.url, path, kept={}, **look) as visitor:
            await expect(visitor.page.locator("h1")).not_to_be_empty()
            await expect(visitor.page.locator(".entry__card")).not_to_have_attribute(
                "aria-busy", "true"
            )
            await is_flawless(visitor)


@LOOKS
async def test_nothing_is_wrong_with_a_room_and_its_people(
    sit: Sit, hall: TownHall, olga: Member, scheme: str, locale: str
) -> None:
    await sit(await hall.guest(LONG, await olga.invite(role="guest")), "/rooms/general")
    await olga.ask("PATCH", "/api/v1/rooms/general/settings", {"slow_mode_s": 5})
    visitor = await sit(olga, color_scheme=scheme, locale=locale, viewport=NARROW)
    await visitor.page.locator(".room-header__members").click()
    await visitor.part("members", "manage").click()
    dialog = '[data-region="manage"]'
    row = visitor.page.locator(".person").nth(1)
    more = row.locator('[data-part="more"]')
    await expect(row).to_be_visible()
    await is_flawless(visitor, dialog)
    await more.click()
    await is_flawless(visitor, dialog)
    await row.locator('[data-part="actions"] button').last.click()
    await is_flawless(visitor, dialog)
    await visitor.page.keyboard.press("Escape")
    await expect(more).to_be_focused()

    for tab in ("settings", "invitations", "audit"):
        panel = await show(visitor, "manage", tab)
        if tab == "invitations":
            await panel.locator("[type=submit]").click()
            await expect(panel.locator('[data-part="link"]')).to_be_focused()
        await is_flawless(visitor, dialog)
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.page.locator(dialog)).to_be_hidden()
    await is_flawless(visitor)


@LOOKS
async def test_nothing_is_wrong_with_an_account(
    sit: Sit, hall: TownHall, olga: Member, scheme: str, locale: str
) -> None:
    rights = ["read", "write", "moderate"]
    await olga.ask("POST", "/api/v1/account/tokens", {"name": f"{LONG}bot", "rights": rights})
    long = await hall.member(LONG)
    await olga.ask("PATCH", f"/api/v1/users/{long.user_id}", {"is_disabled": True})
    await hall.member("Ana")
    visitor = await sit(olga, "/account", color_scheme=scheme, locale=locale, viewport=NARROW)
    await expect(visitor.part("account", "name")).to_have_text("Olga")

    for tab in ("password", "sessions", "tokens", "users"):
        panel = await show(visitor, "account", tab)
        if tab in ("password", "tokens"):
            await panel.locator("[type=submit]").click()
            await expect(panel.locator('[data-part="problem"]')).to_be_visible()
        if tab == "users":
            await panel.locator("[type=submit]").click()
            await expect(panel.locator('[data-part="link"]')).to_be_focused()
        await is_flawless(visitor)

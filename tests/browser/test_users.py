"""All accounts, as the server's owner looks after them."""

from playwright.async_api import Browser, Locator, expect

from tests.browser.conftest import Sit
from tests.browser.town_hall import REFUSED, Member, TownHall
from tests.browser.visitor import Visitor, visiting
from tests.support.servers import RoomServer

NEW_PASSWORD = "another good one"  # noqa: S105 - a test's


async def link_in(visitor: Visitor) -> str:
    """Return the path of the link that is shown."""
    made = visitor.part("account", "users").locator('[data-part="link"]')
    await expect(made).to_be_focused()
    return (await made.input_value()).removeprefix(visitor.url)


def row_of(visitor: Visitor, name: str) -> Locator:
    return visitor.page.locator(".user", has_text=name)


async def test_whoever_is_invited_signs_up_and_a_lost_password_is_replaced(
    browser: Browser, sit: Sit, town: RoomServer, olga: Member
) -> None:
    visitor = await sit(olga, "/account#users")
    await expect(row_of(visitor, "Olga")).to_be_visible()
    await visitor.part("account", "users").get_by_role("button", name="Make a link").click()
    path = await link_in(visitor)
    async with visiting(browser, town.url, path, kept={}) as ana:
        await ana.page.locator("[name=username]").fill("Ana")
        await ana.page.locator("[name=password]").fill("forgotten soon")
        await ana.page.keyboard.press("Enter")
        await expect(ana.composer).to_be_visible()

    await visitor.page.reload()
    await row_of(visitor, "Ana").get_by_role("button", name="New password").click()
    path = await link_in(visitor)
    async with visiting(browser, town.url, path, kept={}) as ana:
        await expect(ana.page.locator("[name=password]")).to_be_focused()
        await ana.page.keyboard.type("short")
        await ana.page.keyboard.press("Enter")
        await expect(ana.part("entry", "problem")).to_contain_text("at least 10 characters")
        await ana.page.locator("[name=password]").fill(NEW_PASSWORD)
        await ana.page.keyboard.press("Enter")
        await expect(ana.composer).to_be_visible()
        await ana.write("back again")
        await ana.reads("back again")
    async with visiting(browser, town.url, path, kept={}) as late:
        await late.page.locator("[name=password]").fill(NEW_PASSWORD)
        await late.page.keyboard.press("Enter")
        await expect(late.part("entry", "problem")).to_contain_text("not good any more")
        late.has_nothing_to_complain_of(but=REFUSED)
    visitor.has_nothing_to_complain_of()


async def test_an_account_is_switched_off_and_on(sit: Sit, hall: TownHall, olga: Member) -> None:
    ana = await hall.member("Ana")
    anas = await sit(ana)
    await expect(anas.composer).to_be_visible()
    visitor = await sit(olga, "/account#users")
    row = row_of(visitor, "Ana")
    await expect(row_of(visitor, "Olga").get_by_role("button")).to_have_count(0)

    await row.get_by_role("button", name="Switch off").click()
    await row.get_by_role("button", name="Really?").click()
    await expect(row).to_contain_text("Switched off")
    await expect(row.get_by_role("button")).to_have_text(["Switch on"])
    await expect(anas.connection_bar).to_be_visible()

    await row.get_by_role("button", name="Switch on").click()
    await expect(row).not_to_contain_text("Switched off")
    await hall.sign_in("Ana")
    visitor.has_nothing_to_complain_of()

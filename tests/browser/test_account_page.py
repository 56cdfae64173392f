"""One's own account: the password, the browsers, the programs' tokens."""

import aiohttp
from playwright.async_api import Locator, Route, expect

from tests.browser.conftest import Sit
from tests.browser.town_hall import PASSWORD, REFUSED, Member, TownHall
from tests.browser.visitor import WHILE_THE_SERVER_IS_AWAY, Visitor
from tests.support.servers import RoomServer

NEW_PASSWORD = "another good one"  # noqa: S105 - a test's


async def show(visitor: Visitor, tab: str) -> Locator:
    """Choose a tab; return its panel."""
    await visitor.page.locator(f'[data-tab="{tab}"]').click()
    await expect(visitor.page.locator('[data-region="account"]')).to_have_attribute(
        "aria-busy", "false"
    )
    return visitor.part("account", tab)


async def test_the_menu_leads_there_and_a_new_password_counts(sit: Sit, hall: TownHall) -> None:
    ana = await hall.member("Ana")
    visitor = await sit(ana)
    await visitor.part("me", "button").click()
    await visitor.page.get_by_role("link", name="My account").click()
    await expect(visitor.part("account", "name")).to_have_text("Ana")

    panel = visitor.part("account", "password")
    problem = panel.locator('[data-part="problem"]')
    old, new = panel.locator("[name=old_password]"), panel.locator("[name=new_password]")
    await old.fill("not the one")
    await new.fill(NEW_PASSWORD)
    await new.press("Enter")
    await expect(problem).to_have_text("That is not your password.")
    await expect(old).to_be_focused()
    await old.fill(PASSWORD)
    await new.fill("short")
    await new.press("Enter")
    await expect(problem).to_contain_text("at least 10 characters")
    await expect(new).to_be_focused()
    await new.fill(NEW_PASSWORD)
    await new.press("Enter")
    await expect(panel.locator('[data-part="saved"]')).to_be_visible()
    await hall.sign_in("Ana", NEW_PASSWORD)
    visitor.has_nothing_to_complain_of(but=REFUSED)


async def test_another_browser_is_signed_out_and_then_all(sit: Sit, hall: TownHall) -> None:
    ana = await hall.member("Ana")
    await hall.sign_in("Ana")
    visitor = await sit(ana, "/account#sessions")
    rows = visitor.page.locator('[data-part="sessions-list"] > li')
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("This one")

    await rows.nth(1).get_by_role("button", name="Sign out").click()
    await expect(rows).to_have_count(1)
    everywhere = visitor.part("account", "everywhere")
    await expect(everywhere).to_be_focused()
    await visitor.page.keyboard.press("Enter")
    await expect(everywhere).to_have_text("Really?")
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page).to_have_url(f"{visitor.url}/sign-in")


async def test_whoever_could_not_be_signed_out_is_told_and_stays(
    sit: Sit, town: RoomServer, hall: TownHall
) -> None:
    visitor = await sit(await hall.member("Ana"))
    await visitor.write("hola")
    await visitor.reads("hola")
    await visitor.page.route("**/api/v1/session", lambda route: route.abort())
    await visitor.part("me", "button").click()
    await visitor.part("me", "sign-out").click()

    notice = visitor.page.locator('[data-region="notices"]')
    await expect(notice).to_have_text(
        "You are still signed in. The server can’t be reached just now."
    )
    await expect(visitor.part("me", "menu")).to_be_hidden()
    await visitor.composer.fill("not for others")
    await visitor.page.unroute("**/api/v1/session")
    await visitor.part("me", "button").click()
    await visitor.part("me", "sign-out").click()
    await expect(visitor.page).to_have_url(f"{town.url}/sign-in")

    ben = await hall.member("Ben")
    await ben.sit_down(visitor.page)
    await visitor.page.goto(town.url)
    await expect(visitor.part("me", "name")).to_have_text("Ben")
    await visitor.is_ready()
    await expect(visitor.composer).to_have_value("")
    visitor.has_nothing_to_complain_of(but=WHILE_THE_SERVER_IS_AWAY)


async def test_a_token_is_made_lets_a_program_in_and_is_taken_back(
    sit: Sit, town: RoomServer, olga: Member
) -> None:
    visitor = await sit(olga, "/account")
    panel = await show(visitor, "tokens")
    await panel.locator("[type=submit]").click()
    await expect(panel.locator('[data-part="problem"]')).to_have_text("Give the program a name.")
    await panel.locator("[name=name]").fill("Olga")
    await panel.get_by_text("Only these").click()
    await panel.get_by_label("General").check()
    await panel.locator("[type=submit]").click()
    await expect(panel.locator('[data-part="problem"]')).to_contain_text("can’t be used")
    await expect(panel.locator("[name=name]")).to_be_focused()
    await panel.locator("[name=name]").fill("Weather")
    await panel.locator("[name=name]").press("Enter")
    await expect(panel.locator('[data-part="link"]')).to_be_focused()
    secret = await panel.locator('[data-part="link"]').input_value()
    row = panel.locator('[data-part="tokens-list"] > li')
    await expect(row).to_contain_text("read and write · General")

    headers = {"Authorization": f"Bearer {secret}"}
    async with aiohttp.ClientSession(headers=headers) as program:
        async with program.get(f"{town.url}/api/v1/rooms/general") as answer:
            assert answer.status == 200
        await row.get_by_role("button", name="Take back").click()
        await row.get_by_role("button", name="Really?").click()
        await expect(row).to_have_count(0)
        async with program.get(f"{town.url}/api/v1/rooms/general") as answer:
            assert answer.status == 401
    visitor.has_nothing_to_complain_of(but=REFUSED)


async def test_a_token_is_shown_whatever_fails_after_it(sit: Sit, olga: Member) -> None:
    visitor = await sit(olga, "/account")
    panel = await show(visitor, "tokens")

    async def only_new(route: Route) -> None:
        await (route.continue_() if route.request.method == "POST" else route.abort())

    await visitor.page.route("**/api/v1/account/tokens", only_new)
    await panel.locator("[name=name]").fill("Weather")
    await panel.locator("[name=name]").press("Enter")

    await expect(panel.locator('[data-part="problem"]')).to_contain_text("be reached")
    await expect(panel.locator('[data-part="link"]')).to_be_visible()
    assert await panel.locator('[data-part="link"]').input_value()
    visitor.has_nothing_to_complain_of(but=WHILE_THE_SERVER_IS_AWAY)

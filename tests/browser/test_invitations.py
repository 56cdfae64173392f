"""Coming in by a room's link: as a guest, as a member, and when it is over."""

from playwright.async_api import Browser, expect

from tests.browser.town_hall import PASSWORD, REFUSED, Member, TownHall
from tests.browser.visitor import visiting
from tests.support.servers import RoomServer


async def test_a_guest_comes_in_with_a_name_talks_and_becomes_an_account(
    browser: Browser, town: RoomServer, olga: Member
) -> None:
    await olga.ask("POST", "/api/v1/rooms", {"name": "Book club"})
    path = await olga.invite("book-club", role="guest", uses_max=1)
    async with visiting(browser, town.url, path, kept={}) as pat:
        page = pat.page
        await expect(pat.part("entry", "title")).to_have_text("You are invited to Book club")
        await expect(page.locator("[name=username]")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(pat.part("entry", "problem")).to_have_text("Write a name.")
        await page.keyboard.type("Olga")
        await page.keyboard.press("Enter")
        await expect(pat.part("entry", "problem")).to_contain_text("That name can't be used")
        await page.locator("[name=username]").fill("Pat")
        await page.keyboard.press("Enter")

        await expect(page).to_have_url(f"{town.url}/rooms/book-club")
        await pat.write("hola")
        await pat.reads("hola")

        await page.goto(f"{town.url}/upgrade#to=%2Frooms%2Fbook-club")
        await expect(page.locator("[name=username]")).to_have_value("Pat")
        await page.locator("[name=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{town.url}/rooms/book-club")
        await pat.write("still me")
        await pat.reads("hola", "still me")
        await expect(page.locator(".message__author")).to_have_text(["Pat", "Pat"])
        pat.has_nothing_to_complain_of(but=REFUSED)
    async with visiting(browser, town.url, path, kept={}) as late:
        await expect(late.part("entry", "title")).to_have_text("This invitation is over")


async def test_whoever_has_an_account_signs_in_on_the_way_and_joins(
    browser: Browser, town: RoomServer, hall: TownHall, olga: Member
) -> None:
    await hall.member("Ana")
    await olga.ask("POST", "/api/v1/rooms", {"name": "Book club"})
    await olga.ask("PATCH", "/api/v1/rooms/book-club/settings", {"private": True})
    path = await olga.invite("book-club", role="member")
    async with visiting(browser, town.url, path, kept={}) as ana:
        await ana.page.get_by_role("link", name="Sign in").click()
        await ana.page.locator("[name=username]").fill("Ana")
        await ana.page.locator("[name=password]").fill(PASSWORD)
        await ana.page.keyboard.press("Enter")

        await expect(ana.page).to_have_url(town.url + path)
        await expect(ana.part("entry", "accept")).to_be_focused()
        await ana.page.keyboard.press("Enter")
        await expect(ana.page).to_have_url(f"{town.url}/rooms/book-club")
        await ana.write("here I am")
        await ana.reads("here I am")
        ana.has_nothing_to_complain_of()

"""
The pictures of what is about people: ``python -m tests.browser.screenshots_of_people``.

A server of accounts with a book club on it, whose owner, members and guests are real.
"""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, expect

from tests.browser.screenshots import HANDHELD, PICTURE_BYTES_MAX, PICTURES
from tests.browser.town_hall import ACCOUNTS, Member, TownHall
from tests.browser.visitor import Visitor, known_as, visiting
from tests.support.browser import find_chromium, open_browser
from tests.support.servers import RoomServer, running_roomserver

NIGHT: dict[str, Any] = {"color_scheme": "dark"}
CLUB = "/api/v1/rooms/book-club"
REASONS = {"muted_until": "2099-01-01T10:00:00Z", "reason": "Told us how it ends"}


class Club:
    """The room, the people in it, and their browsers."""

    def __init__(self, browser: Browser, server: RoomServer, stack: AsyncExitStack) -> None:
        self._browser = browser
        self._server = server
        self._stack = stack

    async def sit(self, who: Member | None, path: str, **look: Any) -> Visitor:
        """Open the page; as nobody, if nobody sits there."""
        kept = {} if who is None else known_as(who.username, who.user_id)
        arriving = visiting(self._browser, self._server.url, "/health/live", kept=kept, **look)
        visitor = await self._stack.enter_async_context(arriving)
        if who is not None:
            await who.sit_down(visitor.page)
        await visitor.page.goto(self._server.url + path)
        return visitor


async def found(hall: TownHall) -> tuple[Member, dict[str, Member]]:
    """Found the club: an owner, a moderator, members, somebody who is muted, a guest."""
    olga = await hall.owner()
    await olga.ask("POST", "/api/v1/rooms", {"name": "Book club"})
    people = {name: await hall.member(name) for name in ("Ana", "Ben", "Carla", "Dmitri")}
    token = (await olga.invite("book-club", uses_max=5)).partition("#")[2]
    for person in people.values():
        await person.ask("POST", "/api/v1/join", {"token": token})
    await olga.ask("PATCH", f"{CLUB}/members/{people['Ana'].user_id}", {"role": "moderator"})
    await olga.ask("PATCH", f"{CLUB}/members/{people['Ben'].user_id}", REASONS)
    people["Pat"] = await hall.guest("Pat", await olga.invite("book-club", role="guest"))
    await olga.ask("PATCH", f"{CLUB}/settings", {"slow_mode_s": 10, "private": True})
    return olga, people


async def _picture(visitor: Visitor, name: str) -> None:
    await visitor.page.screenshot(path=PICTURES / name)
    assert (PICTURES / name).stat().st_size < PICTURE_BYTES_MAX, name


async def _room(club: Club, olga: Member) -> None:
    for name, tab, look in (
        ("people-desktop-light.png", "people", {}),
        ("invitations-desktop-dark.png", "invitations", NIGHT),
        ("log-phone-dark-es.png", "audit", {**HANDHELD, **NIGHT, "locale": "es-ES"}),
    ):
        visitor = await club.sit(olga, "/rooms/book-club", **look)
        await expect(visitor.page.locator(".member")).not_to_have_count(0)
        if look.get("is_mobile"):
            await visitor.page.locator(".room-header__members").tap()
        await visitor.part("members", "manage").click()
        dialog = visitor.page.locator('[data-region="manage"]')
        await dialog.locator(f'[data-tab="{tab}"]').click()
        await expect(dialog).to_have_attribute("aria-busy", "false")
        if tab == "people":
            carla = visitor.page.locator(".person", has_text="Carla")
            await carla.locator('[data-part="more"]').click()
        if tab == "invitations":
            await visitor.part("manage", tab).locator("[type=submit]").click()
            await expect(visitor.part("manage", "link")).to_be_focused()
        await _picture(visitor, name)


async def main() -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(running_roomserver(data_dir=folder, environ=ACCOUNTS))
        browser = await stack.enter_async_context(open_browser(find_chromium()))
        session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        hall = TownHall(server, await stack.enter_async_context(session))
        olga, people = await found(hall)
        club = Club(browser, server, stack)
        for name in ("Ana", "Pat"):
            await club.sit(people[name], "/rooms/book-club")
        guest = await club.sit(None, await olga.invite("book-club", role="guest"), **HANDHELD)
        await expect(guest.page.locator("[name=username]")).to_be_focused()
        await _picture(guest, "invited-phone-light.png")
        await _room(club, olga)
        users = await club.sit(olga, "/account#users")
        await expect(users.page.locator(".user")).to_have_count(5)
        await _picture(users, "users-desktop-light.png")


if __name__ == "__main__":
    asyncio.run(main())

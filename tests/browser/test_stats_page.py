"""The stats page: what happens in the rooms, as charts and as tables."""

import asyncio

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.browser.visitor import PHONE
from tests.support.servers import RoomServer


async def test_the_page_shows_what_happens_while_it_is_looked_at(
    visit: Visit, server: RoomServer
) -> None:
    stats = await visit("/stats")
    rooms = stats.page.locator('[data-part="rooms"]')
    await expect(rooms).to_have_text("Nobody is connected just now.")

    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("one", "two", "three")
        row = rooms.get_by_role("row")
        await expect(row.get_by_role("rowheader")).to_have_text("General")
        await expect(row.get_by_role("cell").nth(0)).to_have_text("1")
        acknowledged = stats.page.get_by_role("row", name="Acknowledged, half of all within")
        await expect(acknowledged.get_by_role("cell").nth(2)).to_contain_text("ms")

    await expect(stats.page.locator(".gauge canvas")).to_have_count(4)
    await expect(stats.page.locator('[data-part="instances"] tr')).to_have_count(1)
    stats.has_nothing_to_complain_of()
    assert stats.hosts == {server.url.removeprefix("http://")}


async def test_the_page_says_when_the_server_is_away(visit: Visit, server: RoomServer) -> None:
    stats = await visit("/stats", locale="es-ES")
    live = stats.page.get_by_role("status")
    await expect(live).to_have_text("En vivo · 5 min")

    await asyncio.to_thread(server.terminate)

    await expect(live).to_contain_text("El servidor no responde.")


async def test_the_page_fits_a_phone(visit: Visit) -> None:
    stats = await visit("/stats", viewport={**PHONE, "width": 320})
    await expect(stats.page.locator(".gauge")).to_have_count(4)

    width = await stats.page.evaluate("document.documentElement.scrollWidth")

    assert width == 320

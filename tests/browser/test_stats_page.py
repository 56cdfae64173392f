"""The stats page: what happens in the rooms, as charts and as tables."""

import asyncio
from itertools import product

import pytest
from playwright.async_api import expect

from tests.browser.axe import faults
from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.browser.visitor import PHONE
from tests.support.servers import RoomServer

NAME_OF_FOCUS = """(() => {
    const { activeElement: here } = document
    const label = document.getElementById(here.getAttribute("aria-labelledby"))
    return here.ariaLabel ?? (label ?? here).innerText.trim()
})()"""


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


@pytest.mark.parametrize(("scheme", "locale"), list(product(["light", "dark"], ["en-GB", "es-ES"])))
async def test_nothing_is_wrong_with_the_page(
    visit: Visit, server: RoomServer, scheme: str, locale: str
) -> None:
    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("one", "two")
        stats = await visit("/stats", color_scheme=scheme, locale=locale)
        await expect(stats.page.locator('[data-part="rooms"]').get_by_role("row")).to_have_count(1)

        assert await faults(stats) == []


async def test_the_page_is_read_by_keyboard(visit: Visit, server: RoomServer) -> None:
    """Each table, which may be wider than a phone, is a stop; and so are the ways out."""
    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("one")
        stats = await visit("/stats", viewport={**PHONE, "width": 320})
        await expect(stats.page.locator('[data-part="rooms"]').get_by_role("row")).to_have_count(1)

        stops = []
        for _ in range(5):
            await stats.page.keyboard.press("Tab")
            stops.append(await stats.page.evaluate(NAME_OF_FOCUS))
        await stats.page.keyboard.press("Shift+Tab")
        await stats.page.keyboard.press("ArrowRight")

        assert stops == ["roomserver", "To the rooms", "In all", "Rooms", "Instances"]
        assert await stats.page.evaluate(NAME_OF_FOCUS) == "Rooms"
        async with asyncio.timeout(15):  # It moves smoothly.
            while not await stats.page.evaluate("document.activeElement.scrollLeft > 0"):
                await asyncio.sleep(0.05)

"""A page whose words are there before its program is."""

import asyncio

from playwright.async_api import Route, expect

from tests.browser.conftest import Visit


async def test_what_is_written_before_the_page_listens_stays(visit: Visit) -> None:
    ana = await visit("/health/live")
    program_may_come = asyncio.Event()

    async def late(route: Route) -> None:
        await program_may_come.wait()
        await route.continue_()

    await ana.page.route("**/js/main.js", late)
    await ana.page.goto(ana.url, wait_until="commit")
    await ana.composer.fill("on a train")
    program_may_come.set()
    await ana.is_ready()

    await expect(ana.composer).to_have_value("on a train")
    await ana.composer.press("Enter")
    await ana.reads("on a train")
    ana.has_nothing_to_complain_of()

"""What the page costs: bytes, requests, hosts."""

import asyncio

from playwright.async_api import Response, expect

from tests.browser.conftest import Visit
from tests.support.servers import RoomServer

PAGE_BYTES_MAX = 120 * 1024


async def test_the_whole_page_is_light_and_asks_no_other_host(
    visit: Visit, server: RoomServer
) -> None:
    visitor = await visit("/health/live")
    sizes: list[asyncio.Task[int]] = []

    async def size_of(response: Response) -> int:
        size = await response.request.sizes()
        return size["responseBodySize"]

    visitor.page.on("response", lambda got: sizes.append(asyncio.create_task(size_of(got))))
    await visitor.page.goto(server.url, wait_until="networkidle")
    await expect(visitor.page.locator(".member")).to_have_count(1)

    found = await asyncio.gather(*sizes)
    assert min(found) > 0
    assert sum(found) < PAGE_BYTES_MAX
    assert visitor.hosts == {server.url.removeprefix("http://")}


async def test_a_second_visit_asks_for_no_file_again(visit: Visit) -> None:
    visitor = await visit()
    await expect(visitor.page.locator(".member")).to_have_count(1)

    tab = await visitor.open_tab()
    await expect(tab.page.locator(".member")).to_have_count(1)

    fetched = await tab.page.evaluate(
        """performance.getEntriesByType("resource")
            .filter(({ name, transferSize }) => name.includes("/assets/") && transferSize > 0)
            .map(({ name }) => name)"""
    )
    assert fetched == []

"""A browser's own EventSource follows a room, through a restart of the server, without a hole."""

from playwright.async_api import Page

from tests.browser.conftest import Visit
from tests.support.conversation import person
from tests.support.servers import RoomServer

FOLLOW = """() => {
  window.heard = []
  const source = new EventSource("/api/v1/rooms/1/events")
  source.onmessage = ({ data }) => {
    const event = JSON.parse(data)
    window.heard.push(event.data.content ?? event.type)
  }
}"""


async def heard(page: Page, *texts: str) -> None:
    """Wait until exactly this has been heard, and for as long as a browser takes to come back."""
    await page.wait_for_function(
        "texts => JSON.stringify(window.heard) === JSON.stringify(texts)",
        arg=list(texts),
        timeout=30_000,
    )


async def test_an_event_source_comes_back_by_itself_and_misses_nothing(
    visit: Visit, server: RoomServer
) -> None:
    page = (await visit("/stats", name=None)).page
    await page.evaluate(FOLLOW)
    await heard(page, "following")
    async with person(server, "Ben", 16) as ben:
        await ben.say("one")
        await heard(page, "following", "one")

    server.terminate()
    server.restart()
    async with person(server, "Ben", 16) as ben:
        await ben.say("two")

    await heard(page, "following", "one", "draining", "following", "two")

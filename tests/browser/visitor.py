"""A person at the page: opens it in a browser, reads, writes, and hears its complaints."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

WHILE_THE_SERVER_IS_AWAY = re.compile(r"WebSocket connection to|Failed to load resource: net::ERR_")

PLAYWRIGHTS_OWN = "Service Worker registration blocked by Playwright"


class Visitor:
    """One browser with one person, and the tab they look at."""

    def __init__(self, context: BrowserContext, page: Page, url: str) -> None:
        self._context = context
        self.url = url
        self.page = page
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self._listen()

    async def open_tab(self, path: str = "/") -> Self:
        """Return the same person in another tab of the same browser."""
        tab = type(self)(self._context, await self._context.new_page(), self.url)
        await tab.page.goto(self.url + path)
        return tab

    async def write(self, text: str) -> None:
        """Write *text* and send it, as a keyboard does."""
        await self.is_ready()
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def is_ready(self) -> None:
        """Wait until the page listens: before that, Enter only breaks a line."""
        await expect(self.composer).to_have_attribute("placeholder", re.compile("."))

    async def reads(self, *texts: str) -> None:
        """Wait until the last messages are these, all confirmed by the server."""
        await expect(self.bodies.nth(-1)).to_have_text(texts[-1])
        await expect(self.page.locator(".message.is-pending")).to_have_count(0)
        bodies = await self.bodies.all_inner_texts()
        assert bodies[-len(texts) :] == list(texts)

    def part(self, region: str, name: str) -> Locator:
        """Return what the template of *region* calls *name*."""
        return self.page.locator(f'[data-region="{region}"] [data-part="{name}"]').first

    @property
    def composer(self) -> Locator:
        return self.page.locator("#composer-text")

    @property
    def messages(self) -> Locator:
        return self.page.locator(".message")

    @property
    def bodies(self) -> Locator:
        return self.page.locator(".message__body")

    @property
    def connection_bar(self) -> Locator:
        return self.page.locator('[data-region="connection"]')

    @property
    def timeline(self) -> Locator:
        return self.page.locator('[data-region="timeline"]')

    def has_nothing_to_complain_of(self, *, but: re.Pattern[str] | None = None) -> None:
        """Check that the console stayed silent, except for what is expected."""
        unexpected = [line for line in self.complaints if not (but and but.search(line))]
        assert unexpected == [], unexpected

    def _listen(self) -> None:
        self.page.on("console", lambda message: self._complain(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def _complain(self, line: str) -> None:
        if line != PLAYWRIGHTS_OWN:
            self.complaints.append(line)


def known_as(name: str, user_id: int = 11) -> dict[str, str]:
    """Return what the page has kept in the browser of somebody who has been here before."""
    return {"roomserver.person": json.dumps({"user_id": user_id, "username": name})}


@asynccontextmanager
async def visiting(
    browser: Browser, url: str, path: str = "/", *, kept: Mapping[str, str], **options: Any
) -> AsyncIterator[Visitor]:
    """Open the page at *path*, in a browser in which the page has *kept* this before."""
    settings = {
        "viewport": DESKTOP,
        "locale": "en-GB",
        "color_scheme": "light",
        "service_workers": "block",  # it loads the whole page again, in every test
        **options,
    }
    context = await browser.new_context(**settings)
    try:
        for name, text in kept.items():
            await context.add_init_script(
                f"localStorage[{json.dumps(name)}] ??= {json.dumps(text)}"
            )
        page = await context.new_page()
        visitor = Visitor(context, page, url)
        await page.goto(url + path)
        yield visitor
    finally:
        await context.close()

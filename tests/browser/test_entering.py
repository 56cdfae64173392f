"""Becoming the owner, an account, and coming back with a password."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.axe import faults
from tests.browser.visitor import PHONE, visiting
from tests.support.servers import RoomServer, running_roomserver

PASSWORD = "a good password"  # noqa: S105 - a test's
REFUSED = re.compile("Failed to load resource: the server responded with a status of 40")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RoomServer]:
    """A server of accounts without an owner."""
    environ = {"ROOMSERVER_AUTH_MODE": "accounts", "ROOMSERVER_AUTH_SIGN_UP": "open"}
    with running_roomserver(data_dir=tmp_path, environ=environ) as running:
        running.program.wait_for(r"/set-up#\S+", within_s=30)
        yield running


async def fill(page: Page, username: str, password: str = PASSWORD) -> None:
    await page.locator("[name=username]").fill(username)
    await page.locator("[name=password]").fill(password)
    await page.locator("[type=submit]").click()


def set_up_path(server: RoomServer) -> str:
    found = re.search(r"/set-up#\S+", server.log)
    assert found
    return found[0]


async def test_the_printed_link_makes_the_owner_who_can_talk(
    browser: Browser, server: RoomServer
) -> None:
    path = set_up_path(server)
    async with visiting(browser, server.url, path, kept={}) as olga:
        await expect(olga.page).to_have_title("This server is yours · roomserver")
        assert "#" not in olga.page.url
        await fill(olga.page, "Olga")

        await expect(olga.composer).to_be_visible()
        await olga.write("hola")
        await olga.reads("hola")
        assert await olga.page.locator(".message.is-mine").count() in (0, 1)
        olga.has_nothing_to_complain_of()
    async with visiting(browser, server.url, path, kept={}) as late:
        await fill(late.page, "Eva")
        await expect(late.page.locator('[data-part="problem"]')).to_contain_text("invitation")
        late.has_nothing_to_complain_of(but=REFUSED)


async def test_whoever_is_not_signed_in_is_asked_to(browser: Browser, server: RoomServer) -> None:
    async with visiting(browser, server.url, "/rooms/general", kept={}) as ana:
        await expect(ana.page).to_have_url(f"{server.url}/sign-in")
        await fill(ana.page, "Ana", "a wrong password")
        problem = ana.page.locator('[data-part="problem"]')
        await expect(problem).to_have_text("That name and password don't belong together.")
        await expect(ana.page.locator("[name=password]")).to_be_focused()

        await ana.page.get_by_text("Make an account").click()
        await fill(ana.page, "Admin")
        await expect(problem).to_contain_text("reserved")
        await expect(ana.page.locator("[name=username]")).to_be_focused()
        await fill(ana.page, "Ana", "short")
        await expect(problem).to_contain_text("10 characters")
        await fill(ana.page, "Ana")

        await expect(ana.composer).to_be_visible()
        ana.has_nothing_to_complain_of(but=REFUSED)
    async with visiting(browser, server.url, "/", kept={}) as again:
        await fill(again.page, "ana")
        await expect(again.composer).to_be_visible()
        await again.write("back")
        await again.reads("back")


FORGET = {
    "lost": "localStorage.clear()",
    "forbidden": """Object.defineProperty(window, "localStorage", {
        get() { throw new DOMException("no", "SecurityError") },
    })""",
}


@pytest.mark.parametrize("how", FORGET)
async def test_whoever_is_signed_in_is_known_whatever_the_browser_has_forgotten(
    browser: Browser, server: RoomServer, how: str
) -> None:
    async with visiting(browser, server.url, set_up_path(server), kept={}) as olga:
        await fill(olga.page, "Olga")
        await olga.write("before")
        await olga.reads("before")
        await olga.page.context.add_init_script(FORGET[how])
        await olga.page.reload()

        await expect(olga.part("me", "name")).to_have_text("Olga")
        await expect(olga.page.locator("dialog[open]")).to_have_count(0)
        await expect(olga.page.locator(".member")).to_have_count(1)
        await olga.write("after")
        await olga.reads("before", "after")
        await olga.messages.last.hover()
        await expect(olga.page.locator('.actions [data-part="edit"]')).to_be_visible()
        olga.has_nothing_to_complain_of()


@pytest.mark.parametrize(("scheme", "locale"), list(product(["light", "dark"], ["en-GB", "es-ES"])))
async def test_nothing_is_wrong_with_the_forms(
    browser: Browser, server: RoomServer, scheme: str, locale: str
) -> None:
    for path in ("/sign-in", "/sign-up", "/set-up"):
        options = {"color_scheme": scheme, "locale": locale, "viewport": PHONE}
        async with visiting(browser, server.url, path, kept={}, **options) as ana:
            await ana.page.locator("[type=submit]").click()
            await expect(ana.page.locator('[data-part="problem"]')).not_to_be_empty()
            assert await faults(ana) == []
            width = await ana.page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["width"]
            ana.has_nothing_to_complain_of()

"""
The pictures of the page: ``python -m tests.browser.screenshots``.

A real server, a real browser and real people. Only the times are put into the database
afterwards, so that a morning's conversation takes a moment and looks the same every time.
"""

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, expect

from tests.browser.other_person import OtherPerson, somebody
from tests.browser.visitor import PHONE, Visitor, known_as, visiting
from tests.support.browser import find_chromium, open_browser
from tests.support.servers import RoomServer, running_roomserver

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
PICTURE_BYTES_MAX = 200_000

HANDHELD: dict[str, Any] = {
    "viewport": PHONE,
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
PEOPLE = {"Ana": 11, "Ben": 16, "Carla": 33, "Dmitri": 20}
ANA = known_as("Ana", PEOPLE["Ana"])
NEWS = {
    "book-club": ["I'm done.", "Already?", "It was raining."],
    "design": ["@Ana, which blue?"],
    "kitchen": [],
}
"""The other rooms, and what Ana has not seen there."""

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
TUNNEL = (
    "I did! In the long tunnel, on the train. I wrote three messages in there, and all three "
    "went out at its end, in order. *None of them twice.*"
)
CONVERSATION: Sequence[tuple[str, str, str]] = (
    (
        f"{YESTERDAY} 17:52",
        "Dmitri",
        "I'm off. The new server is in the rack, the keys are with Ben.",
    ),
    (f"{YESTERDAY} 17:53", "Ben", "Thanks! I'll move us over tonight."),
    (f"{TODAY} 08:41", "Ben", "Morning. We are on the new machine since half past eleven."),
    (
        f"{TODAY} 08:42",
        "Ben",
        "One file and a `systemctl start`. I had planned for the whole night…",
    ),
    (f"{TODAY} 08:47", "Ana", "And nobody noticed 🎉"),
    (
        f"{TODAY} 08:55",
        "Carla",
        TUNNEL,
    ),
    (f"{TODAY} 08:56", "Dmitri", "> in order\nI remember when that was a wish."),
    (f"{TODAY} 09:02", "Ana", "How did you try it out before, Ben?"),
    (f"{TODAY} 09:03", "Ben", "I pulled the plug, again and again:"),
    (
        f"{TODAY} 09:03",
        "Ben",
        "```\nwhile sleep 30; do\n    systemctl kill -s KILL roomserver\ndone\n```",
    ),
    (f"{TODAY} 09:05", "Carla", "Poor thing. Who brings coffee?"),
)

NOTICED = "And nobody noticed 🎉"
COFFEE = "Poor thing. Who brings coffee?"
REACTIONS: Sequence[tuple[str, tuple[str, str]]] = (
    ("Ben", (NOTICED, "😂")),
    ("Carla", (NOTICED, "😂")),
    ("Ana", (TUNNEL, "🚀")),
    ("Dmitri", (TUNNEL, "🚀")),
    ("Ben", (TUNNEL, "👏")),
    ("Dmitri", (COFFEE, "☕")),
)


async def _tell(server: RoomServer) -> None:
    """Let everybody say their part, then let it have been said when the story says."""
    for room, news in NEWS.items():
        async with somebody(server.ws_url(f"/ws/{room}")) as ben:
            await ben.say("hello")
            async with somebody(server.ws_url(f"/ws/{room}"), "Ana", user_id=PEOPLE["Ana"]) as ana:
                await ana.read_all()
            await ben.say(*news)
    ws_url = server.ws_url("/ws/general")
    for _, name, text in CONVERSATION:
        async with somebody(ws_url, name, user_id=PEOPLE[name]) as person:
            await person.say(text)
    for name, (text, emoji) in REACTIONS:
        async with somebody(ws_url, name, user_id=PEOPLE[name]) as person:
            await person.react(text, emoji)
    for name, user_id in PEOPLE.items():
        async with somebody(ws_url, name, user_id=user_id) as person:
            await person.read_all()
    server.terminate()
    (database,) = server.data_dir.glob("*.sqlite3")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(
            "UPDATE entries SET created_at_ms = ? WHERE content = ?",
            [(_milliseconds(moment), text) for moment, _, text in CONVERSATION],
        )
    server.restart()


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1_000)


async def _picture(visitor: Visitor, name: str) -> None:
    target = PICTURES / name
    await visitor.page.screenshot(path=target)
    size_bytes = target.stat().st_size
    assert size_bytes < PICTURE_BYTES_MAX, f"{name} has {size_bytes:,} bytes"


async def _is_full(visitor: Visitor, dmitri: OtherPerson) -> None:
    """Wait until the room is as the story leaves it, with somebody typing."""
    await expect(visitor.messages).to_have_count(len(CONVERSATION))
    await expect(visitor.page.locator(".member")).to_have_count(len(PEOPLE))
    await expect(visitor.page.locator(".room.has-unseen")).to_have_count(2)
    await dmitri.is_typing()
    await expect(visitor.page.locator('[data-region="typing"]')).not_to_be_empty()


async def _rooms(browser: Browser, url: str, dmitri: OtherPerson) -> None:
    """The conversation, by day and by night, in both languages, on both kinds of screen."""
    for (screen, size), scheme, locale in product(
        {"desktop": {}, "phone": HANDHELD}.items(), ("light", "dark"), ("en-GB", "es-ES")
    ):
        look: dict[str, Any] = {**size, "color_scheme": scheme, "locale": locale}
        tongue = "" if locale == "en-GB" else "-es"
        async with visiting(browser, url, kept=ANA, timezone_id="UTC", **look) as visitor:
            await _is_full(visitor, dmitri)
            await _picture(visitor, f"room-{screen}-{scheme}{tongue}.png")


async def _what_opens(browser: Browser, url: str) -> None:
    """What stands over the conversation, and an empty room."""
    async with visiting(browser, url, kept={}) as visitor:
        await expect(visitor.part("ask", "input")).to_be_visible()
        await _picture(visitor, "first-visit-desktop-light.png")
    night: dict[str, Any] = {"color_scheme": "dark"}
    async with visiting(browser, url, "/rooms/new-ideas", kept=ANA, **night) as visitor:
        await expect(visitor.page.locator('[data-region="welcome"]')).to_be_visible()
        await _picture(visitor, "empty-room-desktop-dark.png")
    async with visiting(browser, url, kept=ANA, permissions=["notifications"]) as visitor:
        await expect(visitor.messages).to_have_count(len(CONVERSATION))
        await visitor.messages.nth(4).hover()
        await visitor.page.locator('.actions [data-part="react"]').click()
        await _picture(visitor, "reacting-desktop-light.png")
        await visitor.page.keyboard.press("Escape")
        await visitor.part("bell", "button").click()
        await _picture(visitor, "bell-desktop-light.png")
        await visitor.page.keyboard.press("Escape")
        await visitor.timeline.focus()
        await visitor.page.keyboard.press("?")
        await _picture(visitor, "shortcuts-desktop-light.png")
        await visitor.page.keyboard.press("Escape")
        await _searched(visitor, "search-desktop-light.png")
        await visitor.page.keyboard.press("Escape")
        await visitor.part("rooms", "new").click()
        await visitor.part("new-room", "name").fill("Design")
        await expect(visitor.part("new-room", "twin")).to_be_visible()
        await _picture(visitor, "new-room-desktop-light.png")
    async with visiting(browser, url, kept=ANA, **HANDHELD, **night) as visitor:
        await expect(visitor.page.locator(".room.has-unseen")).to_have_count(2)
        await visitor.page.locator("[data-opens=rooms]").tap()
        await visitor.page.wait_for_timeout(300)
        await _picture(visitor, "rooms-phone-dark.png")
        await visitor.page.locator("#rooms [data-closes]").tap()
        await _searched(visitor, "search-phone-dark.png")
        await visitor.part("search", "close").tap()
        await visitor.part("header", "about").tap()
        await expect(visitor.part("about-room", "title")).to_be_visible()
        await _picture(visitor, "about-room-phone-dark.png")


async def _writing(browser: Browser, server: RoomServer) -> None:
    """What helps while one writes, and what stands where nobody may."""
    async with visiting(browser, server.url, kept=ANA) as visitor:
        await expect(visitor.messages).to_have_count(len(CONVERSATION))
        await visitor.composer.press_sequentially("Well done, @")
        await expect(visitor.page.get_by_role("option").first).to_be_visible()
        await _picture(visitor, "completing-desktop-light.png")
    night: dict[str, Any] = {"color_scheme": "dark", "locale": "es-ES"}
    async with visiting(browser, server.url, kept=ANA, **HANDHELD, **night) as visitor:
        await expect(visitor.messages).to_have_count(len(CONVERSATION))
        await visitor.composer.tap()
        await visitor.composer.press_sequentially("Enhorabuena :fi")
        await expect(visitor.page.get_by_role("option").first).to_be_visible()
        await _picture(visitor, "emoji-phone-dark-es.png")
    await _set(server, "--announce-only")
    async with visiting(browser, server.url, kept=ANA) as visitor:
        await expect(visitor.part("composer", "barred")).to_be_visible()
        await _picture(visitor, "announce-only-desktop-light.png")
    await _set(server, "--everybody-writes")


async def _set(server: RoomServer, option: str) -> None:
    """Say how the first room is used, as its operator does."""
    command = (sys.executable, "-m", "roomserver", "room", "set", "general", option)
    process = await asyncio.create_subprocess_exec(*command, "--data-dir", str(server.data_dir))
    assert await process.wait() == 0
    await asyncio.sleep(2)  # so long until every instance knows


async def _searched(visitor: Visitor, name: str) -> None:
    await visitor.page.locator("[data-searches]").click()
    await visitor.part("search", "input").fill("the")
    await expect(visitor.page.locator(".find mark").first).to_be_visible()
    await _picture(visitor, name)


async def _offline_and_back(browser: Browser, server: RoomServer) -> None:
    """The server goes, what is written waits, the page is opened anew, the server is back."""
    look = {**HANDHELD, "service_workers": "allow"}
    async with visiting(browser, server.url, kept=ANA, **look) as visitor:
        await expect(visitor.messages).to_have_count(len(CONVERSATION))
        await visitor.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        server.kill()
        for text in ("I'm in the tunnel now.", "See you at the other end!"):
            await visitor.composer.fill(text)
            await visitor.page.locator(".button--send").tap()
        await expect(visitor.connection_bar).to_be_visible(timeout=10_000)
        await _picture(visitor, "offline-phone-light.png")
        await visitor.page.reload()
        await expect(visitor.connection_bar).to_be_visible(timeout=10_000)
        await _picture(visitor, "offline-opened-phone-light.png")
        server.restart()
        await expect(visitor.messages).to_have_count(len(CONVERSATION) + 2, timeout=40_000)
        await expect(visitor.page.locator(".message.is-pending")).to_have_count(0)
        await _picture(visitor, "back-phone-light.png")


async def main() -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(running_roomserver(data_dir=folder))
        browser = await stack.enter_async_context(open_browser(find_chromium()))
        await _tell(server)
        ws_url = server.ws_url("/ws/general")
        people = {
            name: await stack.enter_async_context(somebody(ws_url, name, user_id=user_id))
            for name, user_id in PEOPLE.items()
        }
        await _rooms(browser, server.url, people["Dmitri"])
        await _what_opens(browser, server.url)
        await _writing(browser, server)
        await _offline_and_back(browser, server)


if __name__ == "__main__":
    asyncio.run(main())

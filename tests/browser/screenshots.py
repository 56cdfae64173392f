"""
The pictures of the README: ``python -m tests.browser.screenshots``.

A real server, a real browser and real people. Only the times are put into the database
afterwards, so that a morning's conversation takes a moment and looks the same every time.
"""

import asyncio
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, expect

from tests.browser.other_person import OtherPerson, somebody
from tests.browser.visitor import PHONE, Visitor, known_as, visiting
from tests.support.browser import find_chromium, open_browser
from tests.support.servers import RoomServer, running_roomserver

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
PICTURE_BYTES_MAX = 200_000

PEOPLE = {"Ana": 11, "Ben": 16, "Carla": 33, "Dmitri": 20}
NEWS = {"book-club": 3, "design": 1, "kitchen": 0}
"""The other rooms, and how many messages Ana has not seen there."""

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
            await ben.say(*["hello"] * news)
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


async def _pictures(browser: Browser, url: str, dmitri: OtherPerson) -> None:
    phone = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    kept = known_as("Ana", PEOPLE["Ana"])
    looks: dict[str, dict[str, Any]] = {
        "room-desktop-light.png": {"color_scheme": "light"},
        "room-phone-dark.png": {**phone, "color_scheme": "dark"},
    }
    for name, look in looks.items():
        async with visiting(browser, url, kept=kept, timezone_id="UTC", **look) as visitor:
            await expect(visitor.messages).to_have_count(len(CONVERSATION))
            await expect(visitor.page.locator(".member")).to_have_count(len(PEOPLE))
            await expect(visitor.page.locator(".room.has-unseen")).to_have_count(2)
            await dmitri.is_typing()
            await expect(visitor.page.locator('[data-region="typing"]')).not_to_be_empty()
            await _picture(visitor, name)


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
        await _pictures(browser, server.url, people["Dmitri"])


if __name__ == "__main__":
    asyncio.run(main())

"""What keeps somebody from writing, or from a room: each in one sentence, with a way on."""

import asyncio
import json
import re
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, expect

from tests.browser.axe import faults
from tests.browser.conftest import Visit
from tests.browser.visitor import PHONE, WHILE_THE_SERVER_IS_AWAY, Visitor, visiting
from tests.support.servers import RoomServer, running_roomserver

OWNER = "user_id=16&username=Ben"
REFUSED = re.compile("Failed to load resource: the server responded with a status of 40")
START_LATER = "from roomserver.__main__ import main; main()"
OF_TOMORROW = (
    *(sys.executable, "-c"),
    f"import roomserver; roomserver.__version__ = '99.0'; {START_LATER}",
)
BACK_WITHIN_MS = 40_000
"""The longest wait between two attempts, and some."""

DECIDED_WITHIN_MS = 15_000
"""What is decided is looked up once a second, on a machine that may be busy."""


async def _make_owner(server: RoomServer, room: str = "general") -> None:
    """Let Ben decide in the room, as its operator can."""
    command = (sys.executable, "-m", "roomserver", "room", "role", room, "16", "owner")
    process = await asyncio.create_subprocess_exec(*command, "--data-dir", str(server.data_dir))
    assert await process.wait() == 0
    settings = f"{server.url}/api/v1/rooms/{room}/settings?{OWNER}"
    while (await asyncio.to_thread(_ask, settings))["role"] != "owner":
        await asyncio.sleep(0.1)  # the server looks for what was decided elsewhere


async def _decide(server: RoomServer, method: str, path: str, **what: Any) -> None:
    """Let Ben change a room or what somebody is in it."""
    request = urllib.request.Request(
        f"{server.url}/api/v1/rooms/{path}?{OWNER}",
        method=method,
        data=json.dumps(what).encode(),
        headers={"Content-Type": "application/json"},
    )
    await asyncio.to_thread(_ask, request)


def _ask(request: str | urllib.request.Request) -> dict[str, Any]:
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.loads(answer.read() or b"{}"))


async def _says(visitor: Visitor, sentence: str) -> None:
    """Wait until a sentence stands in the place of what one writes in."""
    reason = visitor.part("composer", "barred")
    await expect(reason).to_contain_text(sentence, timeout=DECIDED_WITHIN_MS)
    await expect(visitor.composer).to_be_hidden()


async def _is_told(visitor: Visitor, sentence: str | re.Pattern[str], way: str) -> None:
    bar = visitor.connection_bar
    await expect(bar.get_by_role("alert")).to_have_text(sentence, timeout=DECIDED_WITHIN_MS)
    await expect(bar.get_by_role("button")).to_have_text(way)


async def _can_write_again(visitor: Visitor, draft: str) -> None:
    await expect(visitor.composer).to_be_visible(timeout=DECIDED_WITHIN_MS)
    await expect(visitor.composer).to_have_value(draft)


async def test_a_sentence_takes_the_place_of_the_box_and_the_draft_stays(
    visit: Visit, server: RoomServer
) -> None:
    ana = await visit(viewport=PHONE)
    await ana.write("before")
    await ana.reads("before")
    await _make_owner(server)
    await ana.composer.fill("not yet")

    await _decide(server, "PATCH", "general/settings", announce_only=True)
    await _says(ana, "Only owners and moderators write here. What you have written is kept.")
    await expect(ana.part("composer", "barred")).to_be_focused()
    assert await faults(ana) == []
    await _decide(server, "PATCH", "general/settings", announce_only=False)
    await _can_write_again(ana, "not yet")

    until = datetime.now(UTC) + timedelta(seconds=3_600 * 30)
    await _decide(server, "PATCH", "general/members/11", muted_until=until.isoformat())
    await _says(ana, "You can read here, but not write, until")
    await ana.page.reload()
    await _says(ana, "You can read here, but not write, until")
    await _decide(server, "PATCH", "general/members/11", muted_until="forever")
    await _says(ana, "until a moderator decides otherwise")
    await _decide(server, "PATCH", "general/members/11", muted_until=None)
    await _can_write_again(ana, "not yet")

    await _decide(server, "PATCH", "general", archived=True)
    await _says(ana, "This room is archived.")
    await _decide(server, "PATCH", "general", archived=False)
    await _can_write_again(ana, "not yet")
    await ana.composer.press("Enter")
    await ana.reads("before", "not yet")
    ana.has_nothing_to_complain_of()


async def test_slow_mode_counts_down_and_keeps_what_is_written(
    visit: Visit, server: RoomServer
) -> None:
    ana = await visit()
    await expect(ana.page.locator(".member")).to_have_count(1)
    await _make_owner(server)
    await _decide(server, "PATCH", "general/settings", slow_mode_s=6)
    hint = ana.part("composer", "hint")
    await expect(hint).to_have_text(
        re.compile("one message every 6 sec"), timeout=DECIDED_WITHIN_MS
    )

    await ana.write("first")
    wait = ana.part("composer", "wait")
    await expect(wait).to_contain_text(re.compile("0:0[1-6]"))
    await ana.write("second")
    if await ana.composer.input_value():  # unless the machine took longer than that
        await expect(ana.composer).to_have_value("second")
        await expect(wait).to_be_hidden(timeout=DECIDED_WITHIN_MS)
        await ana.composer.press("Enter")

    await ana.reads("first", "second")
    ana.has_nothing_to_complain_of()


async def test_whoever_is_shown_out_is_told_for_how_long_and_loses_nothing(
    visit: Visit, server: RoomServer
) -> None:
    ana = await visit("/rooms/tea")
    await ana.write("before")
    await ana.reads("before")
    await _make_owner(server, "tea")
    await ana.composer.fill("not yet")

    await _decide(server, "DELETE", "tea/members/11")
    await _is_told(
        ana,
        "A moderator has taken you out of Tea. What you wrote is kept here.",
        "Go to General",
    )
    await expect(ana.composer).to_have_value("not yet")
    await ana.page.reload()
    await ana.reads("before")
    await expect(ana.composer).to_have_value("not yet")

    await _decide(server, "PATCH", "tea/members/11", banned_until="forever")
    await _is_told(
        ana, "You can’t enter Tea for now. What you wrote is kept here.", "Go to General"
    )
    await ana.page.reload()
    await _is_told(ana, re.compile("^You can’t enter Tea until a moderator"), "Go to General")
    await ana.page.get_by_role("button", name="Go to General").click()
    await ana.write("elsewhere")
    await ana.reads("elsewhere")
    ana.has_nothing_to_complain_of(but=REFUSED)


async def test_a_full_room_says_so_and_lets_in_when_somebody_leaves(
    visit: Visit, server: RoomServer
) -> None:
    eva = await visit("/rooms/tea", name="Eva", user_id=12)
    await expect(eva.page.locator(".member")).to_have_count(1)
    await _make_owner(server, "tea")
    await _decide(server, "PATCH", "tea/settings", people_max=1)

    ana = await visit("/rooms/tea")
    await _is_told(ana, re.compile("^tea is full|^Tea is full"), "Now")
    await ana.write("as soon as I am in")
    await eva.page.close()
    await ana.page.evaluate("dispatchEvent(new Event('online'))")  # as a reason to try at once

    await expect(ana.connection_bar).to_be_hidden(timeout=60_000)
    await ana.reads("as soon as I am in")


async def test_a_page_of_another_version_asks_to_be_loaded_anew(
    visit: Visit, server: RoomServer
) -> None:
    ana = await visit()
    await ana.composer.fill("not yet")
    notice = ana.page.locator(".notice", has_text="another version of this page")
    await expect(ana.page.locator(".member")).to_have_count(1)
    await expect(notice).to_have_count(0)

    server.kill()
    with running_roomserver(data_dir=server.data_dir, command=OF_TOMORROW, port=server.port):
        await expect(notice).to_be_visible(timeout=BACK_WITHIN_MS)
        await notice.get_by_role("button", name="Load it").click()

        await expect(ana.page.locator(".member")).to_have_count(1)
        await expect(notice).to_have_count(0)
        await expect(ana.composer).to_have_value("not yet")


@asynccontextmanager
async def _signed_in(browser: Browser, folder: Path) -> AsyncIterator[Visitor]:
    """Let Olga own a server of accounts, and be in its first room."""
    environ = {"ROOMSERVER_AUTH_MODE": "accounts"}
    with running_roomserver(data_dir=folder, environ=environ) as server:
        path = server.program.wait_for(r"/set-up#\S+", within_s=30)[0]
        async with visiting(browser, server.url, path, kept={}) as olga:
            await _enter(olga)
            await expect(olga.page.locator(".member")).to_have_count(1)
            yield olga


async def _enter(visitor: Visitor) -> None:
    await visitor.page.locator("[name=username]").fill("Olga")
    await visitor.page.locator("[name=password]").fill("a good password")
    await visitor.page.locator("[type=submit]").click()


async def test_whoever_was_signed_out_comes_back_to_what_they_were_writing(
    browser: Browser, tmp_path: Path
) -> None:
    async with _signed_in(browser, tmp_path) as olga:
        await olga.composer.fill("not yet")
        await olga.page.evaluate(
            "fetch('/api/v1/session?everywhere=true', { method: 'DELETE' }).then(() => null)"
        )
        await _is_told(
            olga,
            "You are signed out. Sign in again to go on here: what you wrote is kept.",
            "Sign in",
        )
        await olga.page.get_by_role("button", name="Sign in").click()
        await expect(olga.page).to_have_url(re.compile("/sign-in"))
        await _enter(olga)

        await expect(olga.composer).to_have_value("not yet")
        await olga.composer.press("Enter")
        await olga.reads("not yet")
        olga.has_nothing_to_complain_of(
            but=re.compile(f"{REFUSED.pattern}|{WHILE_THE_SERVER_IS_AWAY.pattern}")
        )

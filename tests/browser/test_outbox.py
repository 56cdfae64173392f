"""What is written is kept until the server has it, whatever becomes of the tab or the server."""

import json
import sys
from pathlib import Path

from playwright.async_api import Browser, WebSocket, expect

from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.browser.visitor import Visitor, known_as, visiting
from tests.support.servers import RoomServer, running_roomserver

WITH_FAIL_POINTS = (sys.executable, "-m", "tests.torture.launcher")
BACK_WITHIN_MS = 40_000
"""The longest wait between two attempts, and some."""

FIVE = [f"number {number}" for number in range(5)]


def _said_by(tab: Visitor) -> list[str]:
    """Return a list that grows by each message that *tab* sends, as often as it sends it."""
    said: list[str] = []

    def sent(payload: str | bytes) -> None:
        frame = json.loads(payload)
        if frame["type"] == "message":
            said.append(frame["content"])

    def opened(socket: WebSocket) -> None:
        socket.on("framesent", sent)

    tab.page.on("websocket", opened)
    return said


async def _put_into_outbox(visitor: Visitor, **fields: object) -> None:
    """Leave an entry behind in the browser, as a tab of another day would have."""
    entry = {"user_id": 11, "room": "general", "state": "queued", **fields}
    await visitor.page.evaluate(
        """entry => new Promise((resolve, reject) => {
            const asked = indexedDB.open("roomserver", 1)
            asked.onsuccess = () => {
                const transaction = asked.result.transaction("entries", "readwrite")
                transaction.objectStore("entries").put(entry)
                transaction.oncomplete = resolve
                transaction.onabort = reject
            }
        })""",
        entry,
    )


async def test_five_messages_and_a_closed_tab_arrive_once_and_in_order(
    visit: Visit, server: RoomServer
) -> None:
    visitor = await visit("/rooms/general")
    await visitor.write("before")
    await visitor.reads("before")
    server.kill()
    for text in FIVE:
        await visitor.write(text)
    await visitor.page.close()  # at once: it may not even have been drawn

    server.restart()
    later = await visitor.open_tab("/rooms/general")

    await later.reads("before", *FIVE)
    await expect(later.messages).to_have_count(6)
    async with somebody(server.ws_url("/ws/general")) as ben:
        assert [each["content"] for each in ben.history] == ["before", *FIVE]
    later.has_nothing_to_complain_of()


async def test_what_was_never_sent_goes_out_though_another_room_is_opened(
    visit: Visit, server: RoomServer
) -> None:
    visitor = await visit("/rooms/general")
    await visitor.write("before")
    await visitor.reads("before")
    server.kill()
    await visitor.write("left behind")
    await visitor.page.close()
    server.restart()

    async with somebody(server.ws_url("/ws/general")) as ben:
        await visitor.open_tab("/rooms/elsewhere")

        assert (await ben.hear("message"))["content"] == "left behind"


async def test_a_server_that_dies_before_it_has_acknowledged_keeps_one_copy(
    browser: Browser, tmp_path: Path
) -> None:
    armed = tmp_path / "armed"
    environ = {"TORTURE_ARMED": str(armed)}
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    with running_roomserver(data_dir=data_dir, command=WITH_FAIL_POINTS, environ=environ) as server:
        async with visiting(browser, server.url, kept=known_as("Ana")) as ana:
            await ana.write("before")
            await ana.reads("before")
            said = _said_by(ana)

            armed.write_text("before_announcing kill")
            await ana.write("stored, and nobody knows")
            assert server.program.wait(within_s=20) != 0
            await ana.write("after")
            server.restart()

            await expect(ana.messages).to_have_count(3, timeout=BACK_WITHIN_MS)
            await ana.reads("before", "stored, and nobody knows", "after")
            assert said[-1] == "after"
        async with somebody(server.ws_url("/ws/general")) as ben:
            told = [each["content"] for each in ben.history]
            assert told == ["before", "stored, and nobody knows", "after"]


async def test_of_two_tabs_one_sends_what_both_have_written_in_its_order(
    visit: Visit, server: RoomServer
) -> None:
    first = await visit()
    second = await first.open_tab()
    for tab in (first, second):
        await expect(tab.page.locator(".member")).to_have_count(1)
    server.kill()
    written = []
    for number in range(6):
        tab = (first, second)[number % 2]
        written.append(f"number {number}")
        await tab.write(written[-1])
        await expect(tab.bodies.nth(-1)).to_have_text(written[-1])
    # Either shows what was written in the other one, too.
    for tab in (first, second):
        await expect(tab.page.locator(".message.is-pending")).to_have_count(6)

    said = [_said_by(tab) for tab in (first, second)]
    server.restart()

    for tab in (first, second):
        await expect(tab.page.locator(".message.is-pending")).to_have_count(
            0, timeout=BACK_WITHIN_MS
        )
        await tab.reads(*written)
        await expect(tab.messages).to_have_count(6)
    assert sorted(map(len, said)) == [0, 6]
    assert [*said[0], *said[1]] == written


async def test_the_tab_that_is_left_takes_over(visit: Visit) -> None:
    first = await visit()
    second = await first.open_tab()
    await expect(second.page.locator(".member")).to_have_count(1)
    await first.write("from the first")
    await second.reads("from the first")

    await first.page.close()
    await second.write("from the second")

    await second.reads("from the first", "from the second")


async def test_without_locks_it_is_the_same(visit: Visit, server: RoomServer) -> None:
    first = await visit()
    await first.page.context.add_init_script("delete Navigator.prototype.locks")
    await first.page.reload()
    second = await first.open_tab()
    for tab in (first, second):
        await expect(tab.page.locator(".member")).to_have_count(1)
    server.kill()
    await first.write("from the first")
    await second.write("from the second")

    server.restart()

    for tab in (first, second):
        await expect(tab.page.locator(".message.is-pending")).to_have_count(
            0, timeout=BACK_WITHIN_MS
        )
        await tab.reads("from the first", "from the second")


async def test_a_browser_that_keeps_nothing_still_sends(visit: Visit) -> None:
    visitor = await visit()
    await visitor.page.context.add_init_script(
        "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }"
    )
    await visitor.page.reload()

    await visitor.write("still here")

    await visitor.reads("still here")


async def test_a_refused_message_can_be_sent_again_changed_or_dropped(visit: Visit) -> None:
    visitor = await visit()
    for number, content in enumerate(("again", "changed", "dropped")):
        refused = {"state": "failed", "reason": {"code": "muted"}}
        await _put_into_outbox(
            visitor, client_id=f"c{number}", content=content, written_at_ms=number, **refused
        )
    await visitor.page.reload()
    failed = visitor.page.locator(".message.is-failed")
    await expect(failed).to_have_count(3)
    await expect(failed.first.get_by_role("alert")).to_contain_text("You are muted here,")

    await failed.filter(has_text="dropped").get_by_role("button", name="Delete").click()
    await failed.filter(has_text="changed").get_by_role("button", name="Edit").click()
    await failed.filter(has_text="again").get_by_role("button", name="Retry").click()

    await visitor.reads("again")
    await expect(visitor.messages).to_have_count(1)
    await expect(visitor.composer).to_have_value("changed")
    await visitor.page.reload()
    await visitor.reads("again")
    await expect(visitor.messages).to_have_count(1)


async def test_a_refused_edit_is_given_back_and_sent_without_another_change(visit: Visit) -> None:
    visitor = await visit()
    await visitor.write("see you at nien")
    await visitor.reads("see you at nien")
    href = await visitor.messages.first.locator('[data-part="link"]').get_attribute("href")
    assert href is not None
    refused = {"state": "failed", "reason": {"code": "forbidden"}, "written_at_ms": 1}
    edit = {"client_id": "e", "kind": "edit", "content": "see you at nine", **refused}
    await _put_into_outbox(visitor, message_id=int(href.split("/")[-1]), **edit)
    await visitor.page.reload()

    failed = visitor.page.locator(".message.is-failed")
    await failed.get_by_role("button", name="Edit").click()
    await expect(visitor.composer).to_have_value("see you at nine")
    await visitor.composer.press("Enter")

    await visitor.reads("see you at nine edited")
    await visitor.page.reload()
    await visitor.reads("see you at nine edited")
    visitor.has_nothing_to_complain_of()

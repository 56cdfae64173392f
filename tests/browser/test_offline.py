"""The page opens without the server, and never as a mix of two versions."""

import json
import shutil
import sys
from contextlib import AbstractContextManager
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.browser.visitor import WHILE_THE_SERVER_IS_AWAY, Visitor, known_as, visiting
from tests.support.servers import RoomServer, running_roomserver

ROOT = Path(__file__).parents[2]
BACK_WITHIN_MS = 40_000
NOT_CACHED = ("/api/", "/ws/", "/health", "/metrics", "/stats")

OUTSIDE_THE_CIRCLE = """async (address) => {
    const image = new Image()
    image.src = address
    await image.decode()
    const { width, height } = image
    const canvas = Object.assign(document.createElement("canvas"), { width, height })
    const context = canvas.getContext("2d")
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, width, height)
    const colours = new Set()
    for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
            const isInside = Math.hypot(x - width / 2, y - height / 2) < width * 0.4
            const at = (y * width + x) * 4
            if (!isInside) colours.add(data.slice(at, at + 4).join())
        }
    }
    return colours.size
}"""
"""How many colours an icon has where a system may cut it away."""


async def _is_kept(visitor: Visitor) -> None:
    """Wait until the browser has the page, and uses what it has."""
    await visitor.page.evaluate("navigator.serviceWorker.ready.then(() => null)")


async def test_the_page_opens_without_the_server_with_rooms_and_outbox(
    visit: Visit, server: RoomServer
) -> None:
    async with somebody(server.ws_url("/ws/book-club")) as ben:
        await ben.say("chapter one")
    visitor = await visit(service_workers="allow")
    await visitor.write("before")
    await visitor.reads("before")
    await _is_kept(visitor)
    await visitor.page.close()
    server.kill()

    later = await visitor.open_tab("/rooms/general")
    await expect(later.page.get_by_role("link", name="Book club")).to_be_visible()
    await expect(later.page.get_by_text("What was said here appears")).to_be_visible()
    await later.write("written without a server")
    await expect(later.page.locator(".message.is-pending")).to_have_count(1)
    await later.page.reload()
    await expect(later.page.locator(".message.is-pending")).to_have_count(1)
    await later.page.get_by_role("link", name="Book club").click()
    await expect(later.page.get_by_role("heading", level=1)).to_have_text("Book club")
    await later.page.get_by_role("link", name="General").click()
    server.restart()

    await expect(later.messages).to_have_count(2, timeout=BACK_WITHIN_MS)
    await later.reads("before", "written without a server")
    later.has_nothing_to_complain_of(but=WHILE_THE_SERVER_IS_AWAY)


async def test_what_is_said_is_never_cached(visit: Visit) -> None:
    visitor = await visit(service_workers="allow")
    await visitor.write("between us")
    await visitor.reads("between us")
    await _is_kept(visitor)
    await visitor.page.reload()
    await visitor.reads("between us")

    kept = await visitor.page.evaluate(
        """async () => {
            const found = []
            for (const name of await caches.keys()) {
                const cache = await caches.open(name)
                for (const request of await cache.keys()) {
                    const answer = await cache.match(request, { ignoreVary: true })
                    found.push([new URL(request.url).pathname, await answer.text()])
                }
            }
            return found
        }"""
    )

    assert kept
    assert [path for path, _ in kept if path.startswith(NOT_CACHED)] == []
    assert [path for path, text in kept if "between us" in text] == []
    assert {path.split("/")[1] for path, _ in kept} == {"", "assets"}


async def test_an_update_never_serves_a_mix(
    browser: Browser, server: RoomServer, tmp_path: Path
) -> None:
    async with visiting(
        browser, server.url, kept=known_as("Ana"), service_workers="allow"
    ) as visitor:
        await _is_kept(visitor)
        old = await _version_of(visitor)
        server.kill()
        later = _with_another_page(server, tmp_path / "later")
        with later:
            await visitor.page.reload()
            await expect(visitor.page.locator(".member")).to_have_count(1)
            new = await _version_of(visitor)
            assert await _versions_loaded(visitor) == {new} != {old}
            await visitor.page.evaluate(
                "navigator.serviceWorker.getRegistration().then((it) => it.update())"
            )
            await visitor.page.wait_for_function(
                "navigator.serviceWorker.getRegistration().then((it) => Boolean(it.waiting))"
            )

        # The tabs were closed in between: the next ones have the later version, or the earlier.
        tabs = [visitor]
        for _ in range(2):
            tabs.append(await visitor.open_tab())
            await tabs.pop(0).page.close()
            await expect(tabs[0].composer).to_be_visible()
            assert len(await _versions_loaded(tabs[0])) == 1


def _with_another_page(server: RoomServer, folder: Path) -> AbstractContextManager[RoomServer]:
    """Return a server of the next version: in the place of *server*, with another page."""
    for name in ("roomserver", "web"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "web" / "css" / "later.css").write_text("@layer components {}")
    start = (
        f"import sys; sys.path.insert(0, {str(folder)!r}); from roomserver.__main__ import main; "
        "main()"
    )
    command = (sys.executable, "-c", start)
    return running_roomserver(data_dir=server.data_dir, command=command, port=server.port)


async def test_the_page_says_how_it_is_installed(visit: Visit, server: RoomServer) -> None:
    visitor = await visit()
    href = await visitor.page.locator("link[rel=manifest]").get_attribute("href")
    assert href is not None
    manifest = json.loads(server.get(href))

    assert manifest["display"] == "standalone"
    assert manifest["start_url"] == manifest["scope"] == manifest["id"] == "/"
    sizes = {icon["sizes"] for icon in manifest["icons"]}
    assert {"192x192", "512x512"} <= sizes
    folder = Path(href).parent
    for icon in manifest["icons"]:
        assert len(server.get(str(folder / icon["src"]))) > 100
    purposes = [icon.get("purpose", "any") for icon in manifest["icons"]]
    assert sorted(purposes) == ["any", "any", "any", "maskable"]
    (cut,) = [icon for icon in manifest["icons"] if icon.get("purpose") == "maskable"]
    assert await visitor.page.evaluate(OUTSIDE_THE_CIRCLE, str(folder / cut["src"])) == 1
    installing = await visitor.page.context.new_cdp_session(visitor.page)
    found = await installing.send("Page.getAppManifest")
    assert found["errors"] == []


async def _version_of(visitor: Visitor) -> str:
    src = await visitor.page.locator("script[type=module]").get_attribute("src")
    assert src is not None
    return src.split("/")[2]


async def _versions_loaded(visitor: Visitor) -> set[str]:
    names: list[str] = await visitor.page.evaluate(
        "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)"
    )
    return {name.split("/")[2] for name in names if name.startswith("/assets/")}

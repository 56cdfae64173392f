"""Names and emoji are completed while one writes: by keyboard, by touch, with an input method."""

import pytest
from playwright.async_api import expect

from tests.browser.axe import faults
from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.browser.visitor import PHONE, Visitor
from tests.support.servers import RoomServer


async def _spoken(server: RoomServer) -> None:
    for user_id, name in ((16, "Ben"), (17, "Beatriz"), (18, "Carla")):
        async with somebody(server.ws_url("/ws/general"), name, user_id=user_id) as each:
            await each.say(f"{name} was here")


async def _chosen(visitor: Visitor) -> str:
    """Return what a screen reader says is chosen."""
    found: str = await visitor.page.evaluate(
        """document.getElementById(
            document.activeElement.getAttribute("aria-activedescendant"))?.innerText ?? "" """
    )
    return found.rsplit("\n", maxsplit=1)[-1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_name_is_completed_by_keyboard(
    visit: Visit, server: RoomServer, scheme: str
) -> None:
    await _spoken(server)
    ana = await visit(color_scheme=scheme)
    await expect(ana.messages).to_have_count(3)
    choices = ana.page.get_by_role("option")

    await ana.composer.press_sequentially("thanks @be")
    await expect(choices).to_have_count(2)
    assert await _chosen(ana) == "Beatriz"  # who spoke last
    assert await faults(ana) == []
    await ana.composer.press("ArrowDown")
    assert await _chosen(ana) == "Ben"
    await ana.composer.press("ArrowUp")
    await ana.composer.press("Enter")

    await expect(ana.composer).to_have_value("thanks @Beatriz ")
    await expect(choices).to_have_count(0)
    await ana.composer.press_sequentially("and @be")
    await ana.composer.press("Escape")
    await expect(choices).to_have_count(0)
    await ana.composer.press("n")
    await expect(choices).to_have_count(0)
    await ana.composer.press("Enter")
    await ana.reads("thanks @Beatriz and @ben")
    async with somebody(server.ws_url("/ws/general"), "Eva", user_id=19) as eva:
        assert sorted(eva.history[-1]["mentions"]) == [16, 17]
        await eva.say("well done, @ana!")
    await expect(ana.page.locator(".message.is-mention")).to_have_count(1)
    ana.has_nothing_to_complain_of()


async def test_an_emoji_is_completed_by_touch_in_the_readers_language(visit: Visit) -> None:
    ana = await visit(viewport=PHONE, has_touch=True, is_mobile=True, locale="es-ES")
    await expect(ana.composer).to_be_visible()
    await ana.composer.tap()

    await ana.composer.press_sequentially("hola :cora")
    choice = ana.page.get_by_role("option", name="corazón", exact=True)
    await expect(choice).to_be_visible()
    box = await choice.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert await faults(ana) == []
    await choice.tap()

    await expect(ana.composer).to_have_value("hola ❤️ ")
    await expect(ana.composer).to_be_focused()
    await ana.composer.press_sequentially(":fuego:")
    await expect(ana.composer).to_have_value("hola ❤️ 🔥")
    await ana.composer.press("Control+z")
    await expect(ana.composer).to_have_value("hola ❤️ :fuego:")
    ana.has_nothing_to_complain_of()


async def test_a_composition_is_left_alone(visit: Visit, server: RoomServer) -> None:
    async with somebody(server.ws_url("/ws/general"), "美咲", user_id=20) as misaki:
        await misaki.say("こんにちは")
    ana = await visit()
    await expect(ana.messages).to_have_count(1)
    cdp = await ana.page.context.new_cdp_session(ana.page)
    choices = ana.page.get_by_role("option")
    await ana.composer.press("@")
    await expect(choices).to_have_count(1)

    await cdp.send(
        "Input.imeSetComposition", {"text": "み", "selectionStart": 1, "selectionEnd": 1}
    )
    await cdp.send("Input.insertText", {"text": "美"})

    await expect(choices).to_have_count(1)
    await ana.composer.press("Tab")
    await expect(ana.composer).to_have_value("@美咲 ")

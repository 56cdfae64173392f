"""What people do to messages that were sent: react, edit, take back."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import PHONE

DELETED = "This message was deleted."


def _action(name: str) -> str:
    return f'.actions [data-part="{name}"]'


async def test_a_reaction_is_everyone_s_and_a_press_adds_mine(visit: Visit) -> None:
    ana = await visit(name="Ana", user_id=11)
    ben = await visit(name="Ben", user_id=16)
    await ana.write("cake in the kitchen")
    await ben.reads("cake in the kitchen")

    await ben.messages.first.hover()
    await ben.page.get_by_role("button", name="React").click()
    await ben.page.get_by_role("button", name="🎉").click()
    chip = ana.page.locator(".reaction")
    await expect(chip).to_have_accessible_name("🎉 1 from Ben")
    await chip.click()

    await expect(chip).to_have_attribute("aria-pressed", "true")
    await expect(ben.page.locator(".reaction")).to_have_accessible_name("🎉 2 from you and Ana")
    for visitor in (ana, ben):
        visitor.has_nothing_to_complain_of()


async def test_the_last_message_is_edited_from_the_keyboard(visit: Visit) -> None:
    ana = await visit(name="Ana", user_id=11)
    ben = await visit(name="Ben", user_id=16)
    await ana.write("see you at nien")
    await ben.reads("see you at nien")

    await ana.composer.press("ArrowUp")
    await expect(ana.composer).to_have_value("see you at nien")
    await ana.composer.press("Escape")
    await expect(ana.composer).to_have_value("")
    await ana.composer.press("ArrowUp")
    await ana.write("see you at nine")

    await ben.reads("see you at nine edited")
    await ana.reads("see you at nine edited")
    await expect(ana.composer).to_have_value("")
    await ana.page.reload()
    await ana.reads("see you at nine edited")


async def test_a_deletion_can_be_undone_and_then_leaves_a_quiet_line(visit: Visit) -> None:
    ana = await visit(name="Ana", user_id=11)
    ben = await visit(name="Ben", user_id=16)
    await ana.write("oops")
    await ben.reads("oops")

    await ana.messages.first.hover()
    await ana.page.locator(_action("delete")).click()
    await ana.page.get_by_role("button", name="Undo").click()
    await ana.reads("oops")
    await ana.messages.first.hover()
    await ana.page.locator(_action("delete")).click()

    await expect(ben.bodies.first).to_have_text("oops")
    await expect(ben.bodies.first).to_have_text(DELETED, timeout=10_000)
    await expect(ana.page.get_by_role("button", name="Undo")).to_be_hidden()
    await ben.messages.first.hover()
    await expect(ben.page.locator(".actions")).to_have_count(0)
    await ana.page.reload()
    await ana.reads(DELETED)


async def test_a_keyboard_alone_reaches_what_can_be_done(visit: Visit) -> None:
    ana = await visit()
    await ana.write("one")
    await ana.write("two")
    await ana.reads("one", "two")

    await ana.timeline.focus()
    await ana.page.keyboard.press("ArrowUp")
    await expect(ana.messages.nth(1)).to_be_focused()
    await ana.page.keyboard.press("ArrowUp")
    await ana.page.keyboard.press("Tab")
    await ana.page.keyboard.press("Enter")
    await ana.page.keyboard.press("ArrowRight")
    await ana.page.keyboard.press("Enter")

    await expect(ana.messages.first.locator(".reaction")).to_have_accessible_name("❤️ 1 from you")
    await expect(ana.messages.first).to_be_focused()


async def test_a_long_press_opens_the_same_on_a_phone(visit: Visit) -> None:
    ana = await visit(viewport=PHONE, has_touch=True, is_mobile=True)
    await ana.composer.fill("hello")
    await ana.page.get_by_role("button", name="Send").tap()
    await ana.reads("hello")

    await ana.messages.first.dispatch_event("pointerdown", {"pointerType": "touch"})
    await ana.page.locator(_action("edit")).tap()

    await expect(ana.composer).to_have_value("hello")
    await ana.page.get_by_role("button", name="Cancel editing").tap()
    await expect(ana.composer).to_have_value("")

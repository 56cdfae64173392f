"""What is decided in a room, and by whom: the people's side of it."""

from typing import Any

from playwright.async_api import Locator, expect

from tests.browser.axe import faults
from tests.browser.conftest import Sit
from tests.browser.town_hall import LOOKS, NARROW, Member, TownHall
from tests.browser.visitor import Visitor


async def open_people(visitor: Visitor) -> Locator:
    """Open the dialog; return where everybody is listed."""
    if await visitor.page.locator(".room-header__members").is_visible():
        await visitor.page.locator(".room-header__members").click()
    await visitor.part("members", "manage").click()
    await expect(visitor.page.locator(".person").first).to_be_visible()
    return visitor.page.locator(".person")


async def act(visitor: Visitor, name: str, action: str) -> Locator:
    row = visitor.page.locator(".person", has_text=name)
    await row.locator('[data-part="more"]').click()
    await row.get_by_role("button", name=action, exact=True).click()
    return row


async def test_an_owner_mutes_bans_and_makes_a_moderator_by_keyboard(
    sit: Sit, hall: TownHall, olga: Member
) -> None:
    ben = await hall.member("Ben")
    bens = await sit(ben)
    await expect(bens.composer).to_be_visible()
    visitor = await sit(olga)
    await expect(visitor.page.locator(".member")).to_have_count(2)
    people = await open_people(visitor)
    row = people.filter(has_text="Ben")

    await row.locator('[data-part="more"]').focus()
    await visitor.page.keyboard.press("Enter")
    await expect(row.get_by_role("button", name="Change role")).to_be_focused()
    await visitor.page.keyboard.press("Tab")
    await visitor.page.keyboard.press("Enter")
    await expect(row.locator("select")).to_be_focused()
    await visitor.page.keyboard.press("Tab")
    await visitor.page.keyboard.type("too loud")
    await visitor.page.keyboard.press("Enter")

    await expect(row).to_contain_text("Muted until")
    await expect(visitor.part("manage", "told")).to_have_text("Ben is muted.")
    await expect(row.locator('[data-part="more"]')).to_be_focused()
    await act(visitor, "Ben", "Let write again")
    await expect(row).not_to_contain_text("Muted")

    await act(visitor, "Ben", "Change role")
    await row.locator("select").select_option("moderator")
    await row.locator('[type="submit"]').click()
    await expect(row.locator(".role")).to_have_text("Moderator")

    await act(visitor, "Ben", "Ban")
    await row.locator('[type="submit"]').click()
    await expect(row).to_contain_text("Banned")
    await expect(bens.connection_bar).to_be_visible(timeout=15_000)
    await act(visitor, "Ben", "Lift the ban")
    await expect(row).not_to_contain_text("Banned")
    audit = (await olga.ask("GET", "/api/v1/rooms/general/audit"))["audit"]
    assert [each["deed"] for each in audit[:5]] == ["unban", "ban", "set_role", "unmute", "mute"]
    assert audit[4]["details"]["reason"] == "too loud"
    visitor.has_nothing_to_complain_of()


async def test_what_somebody_may_not_do_is_not_offered(
    sit: Sit, hall: TownHall, olga: Member
) -> None:
    mo, ana = await hall.member("Mo"), await hall.member("Ana")
    for who in (mo, ana):
        token = (await olga.invite(role="member")).partition("#")[2]
        await who.ask("POST", "/api/v1/join", {"token": token})
    change = f"/api/v1/rooms/general/members/{mo.user_id}"
    await olga.ask("PATCH", change, {"role": "moderator"})

    by_mo = await open_people(await sit(mo))
    await expect(by_mo).to_have_count(2)
    more = by_mo.locator('[data-part="more"]:visible')
    await expect(more).to_have_count(1)
    await more.click()
    offered = by_mo.filter(has_text="Ana").locator('[data-part="actions"] button')
    await expect(offered).to_have_text(["Mute", "Ban"])

    by_ana = await open_people(await sit(ana))
    await expect(by_ana).to_have_count(2)
    await expect(by_ana.locator('[data-part="more"]:visible')).to_have_count(0)


async def test_a_guest_is_shown_as_one(sit: Sit, hall: TownHall, olga: Member) -> None:
    visitor = await sit(olga)
    await expect(visitor.page.locator(".member")).to_have_count(1)
    await sit(await hall.guest("Pat", await olga.invite(role="guest")), "/rooms/general")

    pat = visitor.page.locator(".member", has_text="Pat")
    await expect(pat.locator('[data-part="role"]')).to_have_text("guest")
    await expect(pat.locator('[data-part="role"]')).to_be_visible()


@LOOKS
async def test_nothing_is_wrong_with_the_people(
    sit: Sit, hall: TownHall, olga: Member, scheme: str, locale: str
) -> None:
    await sit(await hall.guest("W" * 64, await olga.invite(role="guest")), "/rooms/general")
    options: dict[str, Any] = {"color_scheme": scheme, "locale": locale, "viewport": NARROW}
    visitor = await sit(olga, **options)
    people = await open_people(visitor)
    await expect(people).to_have_count(2)
    assert await faults(visitor) == []
    await people.nth(1).locator('[data-part="more"]').click()
    assert await faults(visitor) == []
    await people.nth(1).locator('[data-part="actions"] button').last.click()
    assert await faults(visitor) == []
    width = await visitor.page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW["width"]
    dialog = visitor.page.locator('[data-region="manage"]')
    assert await dialog.evaluate("(each) => each.scrollWidth <= each.clientWidth")
    await visitor.page.keyboard.press("Escape")
    await expect(people.nth(1).locator('[data-part="more"]')).to_be_focused()
    await visitor.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()

"""What is decided in a room, and by whom: the people's side of it."""

from playwright.async_api import Locator, expect

from tests.browser.conftest import Sit
from tests.browser.town_hall import Member, TownHall
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
    here = visitor.page.locator(".member", has_text="Ben")
    await here.locator('[data-part="decide"]').focus()
    await visitor.page.keyboard.press("Enter")
    row = visitor.page.locator(".person", has_text="Ben")
    await expect(row.get_by_role("button", name="Change role")).to_be_focused()
    await visitor.page.keyboard.press("Escape")

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


async def test_who_comes_and_goes_takes_nobody_s_focus(
    sit: Sit, hall: TownHall, olga: Member
) -> None:
    visitor = await sit(olga)
    await sit(await hall.member("Mo"))
    await expect(visitor.page.locator(".member")).to_have_count(2)
    decide = visitor.page.locator(".member", has_text="Mo").locator('[data-part="decide"]')
    await decide.focus()

    others = [await sit(await hall.member(name)) for name in ("Ana", "Zoe")]
    here = visitor.page.locator(".member .member__name")
    await expect(here).to_have_text(["Olga", "Ana", "Mo", "Zoe"])
    await expect(decide).to_be_focused()
    await others[0].page.close()
    await expect(visitor.page.locator(".member")).to_have_count(3)
    await expect(decide).to_be_focused()
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

    mos = await sit(mo)
    here = mos.page.locator('.member [data-part="decide"]')
    await expect(here).to_have_count(1)
    await expect(here).to_be_hidden()  # it is Mo
    by_mo = await open_people(mos)
    await expect(by_mo).to_have_count(2)
    more = by_mo.locator('[data-part="more"]:visible')
    await expect(more).to_have_count(1)
    await more.click()
    offered = by_mo.filter(has_text="Ana").locator('[data-part="actions"] button')
    await expect(offered).to_have_text(["Mute", "Ban"])
    tabs = mos.page.locator('[data-region="manage"] [role="tab"]:visible')
    await expect(tabs).to_have_text(["People", "Settings", "Invitations"])
    await tabs.first.focus()
    await mos.page.keyboard.press("ArrowLeft")
    await expect(tabs.last).to_be_focused()
    for _ in range(2):
        await mos.page.keyboard.press("ArrowRight")
    panel = mos.part("manage", "settings")
    await expect(panel.locator("[name=slow_mode_s]")).to_be_visible()
    await expect(panel.locator("[name=private]").first).to_be_hidden()
    await expect(panel.locator("[name=people_max]")).to_be_hidden()

    anas = await sit(ana)
    by_ana = await open_people(anas)
    await expect(by_ana).to_have_count(2)
    await expect(by_ana.locator('[data-part="more"]:visible')).to_have_count(0)
    await anas.page.goto(f"{anas.url}/account#users")
    await expect(anas.page.locator('[data-tab="password"]')).to_have_attribute(
        "aria-selected", "true"
    )
    await expect(anas.page.locator('[data-tab="users"]')).to_be_hidden()


async def test_a_guest_is_shown_as_one_and_sees_no_more_than_their_room(
    sit: Sit, hall: TownHall, olga: Member
) -> None:
    await olga.ask("POST", "/api/v1/rooms", {"name": "Book club"})
    visitor = await sit(olga, "/rooms/book-club")
    await expect(visitor.page.locator(".member")).to_have_count(1)
    pat = await hall.guest("Pat", await olga.invite("book-club", role="guest"))
    pats = await sit(pat)

    row = visitor.page.locator(".member", has_text="Pat")
    await expect(row.locator('[data-part="role"]')).to_have_text("guest")
    await expect(row.locator('[data-part="role"]')).to_be_visible()
    await expect(pats.page).to_have_url(f"{pats.url}/rooms/book-club")
    await expect(pats.page.locator(".room")).to_have_count(1)
    await expect(pats.part("rooms", "new")).to_be_hidden()
    await pats.part("me", "button").click()
    await expect(pats.page.locator(".me-menu__item:visible")).to_have_text(
        ["Make an account", "Sign out", "Keyboard shortcuts"]
    )
    await pats.page.get_by_role("link", name="Make an account").click()
    await expect(pats.page.locator("[name=username]")).to_have_value("Pat")

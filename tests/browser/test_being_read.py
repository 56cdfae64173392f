"""Who has read what: the line of what is new, the badges, the marks, and who was here."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.other_person import somebody
from tests.support.servers import RoomServer


async def test_a_room_opens_at_the_line_of_what_is_new(visit: Visit, server: RoomServer) -> None:
    room = server.ws_url("/ws/general")
    async with somebody(room) as ben:
        await ben.say(*(f"old {number}" for number in range(9)))
    async with somebody(room, "Ana", user_id=11) as ana:
        await ana.read_all()
    async with somebody(room, "Carla", user_id=33) as carla:
        await carla.say(*(f"new\n{number}" for number in range(9)))
    async with somebody(room) as ben:
        await ben.say(*(f"newer\n{number}" for number in range(9)))

    visitor = await visit()
    line = visitor.page.locator(".day--new")

    await expect(line).to_be_in_viewport()
    await expect(line.locator("+ .message .message__body")).to_have_text("new\n0")
    await expect(visitor.bodies.nth(-1)).not_to_be_in_viewport()
    await visitor.page.locator('[data-region="jump"]').click()
    await visitor.write("caught up")
    await visitor.reads("caught up")
    await expect(line).to_have_count(1)
    visitor.has_nothing_to_complain_of()


async def _say_much(server: RoomServer, messages: int) -> None:
    """Let many people say *messages* things: each may say only so much at once."""
    for person in range(0, messages, 20):
        name = f"Person{person}"
        async with somebody(server.ws_url("/ws/general"), name, user_id=100 + person) as each:
            await each.say(*(f"news {number}" for number in range(person, person + 20)))


async def test_a_line_a_few_pages_up_is_worth_waiting_for(visit: Visit, server: RoomServer) -> None:
    await _leave_after_reading(server)
    await _say_much(server, 160)

    visitor = await visit()
    line = visitor.page.locator(".day--new")

    await expect(line).to_be_in_viewport()
    await expect(line.locator("+ .message .message__body")).to_have_text("news 0")
    await expect(visitor.page.locator('[data-region="unread"]')).to_be_hidden()


async def test_a_line_too_far_up_is_offered_from_the_bottom(
    visit: Visit, server: RoomServer
) -> None:
    await _leave_after_reading(server)
    await _say_much(server, 320)

    visitor = await visit()
    pill = visitor.page.locator('[data-region="unread"]')
    await expect(pill).to_contain_text("99+ new since today")
    await expect(visitor.bodies.last).to_be_in_viewport()
    await expect(visitor.bodies.last).to_have_text("news 319")
    await pill.get_by_role("button").first.click()

    line = visitor.page.locator(".day--new")
    await expect(line).to_be_in_viewport()
    await expect(line.locator("+ .message .message__body")).to_have_text("news 0")
    await expect(pill).to_be_hidden()
    assert await visitor.messages.count() <= 160
    visitor.has_nothing_to_complain_of()


async def _leave_after_reading(server: RoomServer) -> None:
    """Let Ana have read all there was."""
    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("old")
    async with somebody(server.ws_url("/ws/general"), "Ana", user_id=11) as ana:
        await ana.read_all()


async def test_the_title_counts_what_is_unread_everywhere(visit: Visit, server: RoomServer) -> None:
    room = server.ws_url("/ws/book-club")
    async with somebody(room) as ben:
        await ben.say("hello")
        async with somebody(room, "Ana", user_id=11) as ana:
            await ana.read_all()
        await ben.say("one", "two", "three")

    visitor = await visit()

    await expect(visitor.page).to_have_title("(3) General · roomserver")
    await visitor.page.get_by_role("link", name="Book club").click()
    await visitor.reads("hello", "one", "two", "three")
    await expect(visitor.page).to_have_title("Book club · roomserver")


async def test_nothing_is_new_to_a_newcomer(visit: Visit, server: RoomServer) -> None:
    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("old")
        visitor = await visit()
        await visitor.reads("old")
        await ben.say("heard live")
        await visitor.reads("old", "heard live")

    await expect(visitor.page.locator(".day--new")).to_have_count(0)


async def test_reading_is_told_and_its_mark_moves_with_the_reader(visit: Visit) -> None:
    ana = await visit(name="Ana", user_id=11)
    await ana.write("one")
    await ana.reads("one")
    ben = await visit(name="Ben", user_id=16)
    await ben.reads("one")

    await expect(ana.messages.nth(0).get_by_label("Seen by Ben")).to_be_visible()
    await ana.write("two")
    await expect(ana.messages.nth(1).get_by_label("Seen by Ben")).to_be_visible()

    await expect(ana.page.get_by_label("Seen by Ben")).to_have_count(1)
    for visitor in (ana, ben):
        visitor.has_nothing_to_complain_of()


async def test_whoever_does_not_want_to_see_who_has_read_turns_it_off_in_that_room(
    visit: Visit,
) -> None:
    ana = await visit(name="Ana", user_id=11)
    await ana.write("one")
    ben = await visit(name="Ben", user_id=16)
    await ben.reads("one")
    mark = ana.messages.nth(0).get_by_label("Seen by Ben")
    await expect(mark).to_be_visible()
    await mark.hover()
    await expect(mark.locator(".seen__names")).to_be_visible()

    await ana.part("header", "about").click()
    await ana.page.get_by_role("switch", name="Show who has read").uncheck()
    await ana.page.keyboard.press("Escape")
    await expect(mark).to_have_count(0)
    await ana.page.reload()
    await ana.reads("one")
    await expect(mark).to_have_count(0)
    await ana.part("header", "about").click()
    await ana.page.get_by_role("switch", name="Show who has read").check()

    await expect(mark).to_have_count(1)
    ana.has_nothing_to_complain_of()


async def test_badges_count_what_is_unread_on_every_device(
    visit: Visit, server: RoomServer
) -> None:
    room = server.ws_url("/ws/book-club")
    async with somebody(room) as ben:
        await ben.say("hello")
        async with somebody(room, "Ana", user_id=11) as ana:
            await ana.read_all()
        await ben.say("chapter one", "chapter two")

    visitor = await visit()
    badge = visitor.page.locator('[data-room-link="book-club"] [data-part="number"]').first
    await expect(badge).to_have_text("2")
    await visitor.page.get_by_role("link", name="Book club").click()
    await visitor.reads("hello", "chapter one", "chapter two")

    await expect(badge).to_have_text("")
    await visitor.page.get_by_role("link", name="General").click()
    await visitor.page.reload()
    await expect(visitor.page.locator('[data-room-link="book-club"]')).to_be_visible()
    await expect(badge).to_have_text("")


async def test_the_list_tells_who_was_here_and_when(visit: Visit, server: RoomServer) -> None:
    visitor = await visit()
    async with somebody(server.ws_url("/ws/general"), "Carla", user_id=33):
        await expect(visitor.page.locator(".member")).to_have_count(2)

    await expect(visitor.page.locator(".absent")).to_have_text("CCarlathis minute")

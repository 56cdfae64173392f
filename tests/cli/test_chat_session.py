import asyncio

import pytest

from roomserver.cli.chat.desk import Desk
from roomserver.cli.chat.ending import Ended, after_close
from roomserver.core import commands, events
from tests.cli.chat_doubles import (
    ANA,
    JUAN,
    World,
    a_message,
    a_world,
    connected,
    page,
    soon,
)

UNREACHABLE = Ended("Cannot connect to localhost:8000: Connection refused.")


async def test_a_newcomer_is_shown_where_they_are_and_what_was_said() -> None:
    async with a_world() as world:
        link = await world.server.take(connected(1, 2))

        await world.witness.sees("/help")

        assert link.query == {}
        assert world.witness.lines == [
            "* This is General, and you are Ana",
            "12:04 Juan: m1",
            "12:04 Juan: m2",
            "* Here: Ana",
            "* /help says what you can type.",
        ]


async def test_a_return_goes_on_where_it_was_and_repeats_nothing() -> None:
    async with a_world() as world:
        first = await world.server.take(connected(1, 2), a_message(3))
        await world.witness.sees("m3")
        first.close()

        second = await world.server.take(connected(3, 4, last_seq=4), a_message(4), a_message(5))
        await world.witness.sees("m5")

        assert second.query == {"since": "3", "epoch": "e1"}
        assert world.shown == ["Juan: m1", "Juan: m2", "Juan: m3", "Juan: m4", "Juan: m5"]


async def test_a_long_absence_is_read_page_by_page() -> None:
    async with a_world() as world:
        first = await world.server.take(connected(1))
        await world.witness.sees("m1")
        first.close()

        await world.server.take(
            connected(2, 3, last_seq=6, has_more=True),
            page(4, 5, after=3, has_more=True),
            page(6, after=5),
            a_message(7),
        )
        await world.witness.sees("m7")

        assert world.shown == [f"Juan: m{seq}" for seq in range(1, 8)]


async def test_a_hole_is_filled_before_what_comes_behind_it() -> None:
    async with a_world() as world:
        link = await world.server.take(connected(1), a_message(4), a_message(5))

        asked = await link.hear()
        link.say(page(2, 3, 4, 5, after=1))
        link.say(a_message(6))
        await world.witness.sees("m6")

        assert (asked["type"], asked["after"]) == ("history", 1)
        assert world.shown == [f"Juan: m{seq}" for seq in range(1, 7)]
        assert link.is_quiet


async def test_a_page_that_is_refused_is_read_with_the_next_connection() -> None:
    async with a_world() as world:
        first = await world.server.take(connected(1), a_message(3))
        asked = await first.hear()
        first.refuse(asked, "rate_limited", retryable=True, retry_after_ms=50)

        second = await world.server.take(connected(2, 3))
        await world.witness.sees("m3")

        assert second.query["since"] == "1"
        assert world.shown == ["Juan: m1", "Juan: m2", "Juan: m3"]


async def test_another_log_is_begun_anew_and_called_so() -> None:
    async with a_world() as world:
        first = await world.server.take(connected(8, 9))
        await world.witness.sees("m9")
        first.close()

        second = await world.server.take(connected(1, 2, epoch="e2", resync=True), a_message(3))
        await world.witness.sees("m3")
        second.close()

        third = await world.server.take(connected(epoch="e2", last_seq=3))
        assert third.query == {"since": "3", "epoch": "e2"}
        assert world.witness.count("not the one from before") == 1


async def test_what_is_typed_is_sent_and_comes_back_once() -> None:
    async with a_world() as world:
        link = await world.server.take(connected())
        await soon(world.session.opened())

        await world.session.post("hola")
        post = await link.hear()
        link.acknowledge(post, 1)
        await soon(world.session.outbox.emptied())
        await world.witness.sees("hola")

        assert (post["type"], post["content"], post["client_id"]) == ("message", "hola", "c1")
        assert world.shown == ["Ana: hola"]


async def test_what_is_typed_without_a_server_is_sent_in_order_when_it_is_back() -> None:
    async with a_world() as world:
        await world.session.post("uno")
        await world.session.post("dos")

        link = await world.server.take(connected())
        first = await link.hear()
        link.acknowledge(first, 1)
        second = await link.hear()

        assert (first["content"], second["content"]) == ("uno", "dos")
        assert world.witness.count("Waits for the server: uno") == 1


async def test_a_message_without_an_answer_is_sent_again_under_the_same_client_id() -> None:
    async with a_world() as world:
        first = await world.server.take(connected())
        await soon(world.session.opened())
        await world.session.post("hola")
        lost = await first.hear()
        first.close()

        second = await world.server.take(connected())
        again = await second.hear()
        second.acknowledge(again, 1)
        await soon(world.session.outbox.emptied())

        assert again == lost
        assert second.is_quiet


async def test_who_is_too_fast_waits_as_long_as_the_server_asks() -> None:
    async with a_world() as world:
        link = await world.server.take(connected())
        await world.session.post("hola")
        refused = await link.hear()
        link.refuse(refused, "rate_limited", retryable=True, retry_after_ms=700)

        again = await link.hear()
        link.acknowledge(again, 1)
        await soon(world.session.outbox.emptied())

        assert again == refused
        assert world.slept_s == [0.7]
        assert world.witness.count("rate_limited") == 0


async def test_a_refused_message_is_given_back_and_the_next_one_goes_on() -> None:
    async with a_world() as world:
        link = await world.server.take(connected())
        await world.session.post("too long")
        await world.session.post("short")
        link.refuse(await link.hear(), "message_too_long")

        link.acknowledge(await link.hear(), 1)
        await world.witness.sees("Ana: short")

        assert "! message_too_long: message_too_long, in words." in world.witness.lines
        assert "* Not sent: too long" in world.witness.lines
        assert world.session.delivery.refusals == 1


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (4401, "The server does not know who you are."),
        (4403, "You may not be in this room."),
        (4404, "There is no such room."),
        (1003, "The server did not understand this client."),
    ],
)
async def test_some_goodbyes_are_for_good(code: int, sentence: str) -> None:
    world = World()
    running = asyncio.create_task(world.session.run())
    link = await world.server.take(connected())
    link.close(code)

    ended = await soon(running)

    assert (str(ended), ended.is_final, link.is_closed) == (sentence, True, True)


async def test_the_server_has_the_last_word_on_why_it_lets_nobody_in() -> None:
    world = World()
    running = asyncio.create_task(world.session.run())
    link = await world.server.take()
    link.refuse({}, "banned")
    link.close(4403)

    assert str(await soon(running)) == "banned, in words."


async def test_attempts_become_rarer_up_to_half_a_minute() -> None:
    async with a_world() as world:
        for _ in range(9):
            await world.server.turn_down(UNREACHABLE)
        await world.server.take()

        assert world.slept_s == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


async def test_a_connection_that_held_forgets_earlier_failures() -> None:
    async with a_world() as world:
        for _ in range(4):
            await world.server.turn_down(UNREACHABLE)
        link = await world.server.take(connected())
        await soon(world.session.opened())
        world.now_s += 5.0
        link.close()

        await world.server.take()

        assert world.slept_s[-1] == 0.5


async def test_a_connection_that_ends_at_once_is_another_failure() -> None:
    async with a_world() as world:
        for _ in range(3):
            link = await world.server.take(connected())
            link.close()
        await world.server.take()

        assert world.slept_s == [0.5, 1.0, 2.0]


async def test_a_server_that_restarts_says_when_to_come_back() -> None:
    async with a_world() as world:
        link = await world.server.take(connected())
        link.say(events.Draining(reconnect_after_ms=1_500, last_seq=7))
        link.close(1012)

        await world.server.take()

        assert world.slept_s == [2.0]
        assert world.witness.lines[-1] == "! The server restarts. Trying again in 2.0 s."


async def test_a_crowded_server_is_given_time() -> None:
    async with a_world() as world:
        await world.server.turn_down(after_close(4429))
        await world.server.take()

        assert world.slept_s == [5.5]


async def test_the_same_complaint_is_not_repeated_for_every_attempt() -> None:
    async with a_world() as world:
        for _ in range(3):
            await world.server.turn_down(UNREACHABLE)
        first = await world.server.take(connected())
        first.close()
        await world.server.turn_down(UNREACHABLE)
        await world.server.take(connected())
        await world.witness.sees("Connected again")

        assert world.witness.count("Cannot connect") == 2
        assert world.witness.count("The connection was lost.") == 1


async def test_something_to_say_ends_the_wait() -> None:
    async with a_world() as world:
        world.sleeps_end = False
        await world.server.turn_down(UNREACHABLE)
        await world.witness.sees("Trying again")

        await world.session.post("hola")
        link = await world.server.take(connected())

        assert (await link.hear())["content"] == "hola"


async def test_a_ping_tells_how_long_the_answer_took() -> None:
    async with a_world() as world:
        link = await world.server.take(connected())
        await soon(world.session.opened())
        asking = asyncio.create_task(world.session.ping())
        await link.hear()
        world.now_s += 0.25
        link.say(events.Pong())

        assert await soon(asking) == 0.25


async def test_a_ping_on_a_line_that_breaks_has_no_answer() -> None:
    async with a_world() as world:
        link = await world.server.take(connected())
        await soon(world.session.opened())
        asking = asyncio.create_task(world.session.ping())
        await link.hear()
        link.close()

        assert await soon(asking) is None


async def test_what_is_worth_nothing_later_is_not_kept() -> None:
    async with a_world() as world:
        was_sent = world.session.tell(commands.Typing(is_typing=True))

        link = await world.server.take(connected())
        await soon(world.session.opened())

        assert not was_sent
        assert link.is_quiet


async def test_it_is_known_who_is_here_and_who_types() -> None:
    async with a_world() as world:
        link = await world.server.take(connected())
        link.say(
            events.UserJoined(user_id=2, username="Juan"),
            events.UserJoined(user_id=3, username="Eva"),
            events.IsTyping(user_id=2, username="Juan", is_typing=True),
            events.IsTyping(user_id=3, username="Eva", is_typing=True),
            events.UserLeft(user_id=3, username="Eva", last_seen="…"),
        )
        await world.witness.sees("Eva left")

        people = world.session.room.people
        assert [user.username for user in people.here] == ["Ana", "Juan"]
        assert people.typing == ["Juan"]

        link.say(a_message(1))
        await world.witness.sees("m1")
        assert people.typing == []


async def test_what_it_does_not_know_is_no_obstacle() -> None:
    async with a_world() as world:
        link = await world.server.take(connected())
        link._to_client.put_nowait('{"type":"poll_opened","data":{}}')
        link._to_client.put_nowait("nonsense")
        link.say(a_message(1))

        await world.witness.sees("m1")


async def test_what_was_said_last_is_changed_taken_back_and_reacted_to() -> None:
    async with a_world() as world:
        link = await world.server.take(
            connected(1), a_message(2, author=ANA), a_message(3, author=JUAN)
        )
        await world.witness.sees("m3")
        desk = Desk(world.session, world.witness, no_stats)

        for line in ("/edit better", "/delete", "/react 👍"):
            assert await desk.carry_out(line)

        assert [await link.hear() for _ in range(3)] == [
            {"type": "edit", "message_id": 2, "content": "better", "client_id": None},
            {"type": "delete", "message_id": 2, "client_id": None},
            {"type": "react", "message_id": 3, "emoji": "👍", "on": True, "client_id": None},
        ]


async def test_what_is_shown_to_somebody_is_marked_as_read_once_a_second() -> None:
    async with a_world(is_read=True) as world:
        world.sleeps_end = False
        link = await world.server.take(connected(1, 2), a_message(3), a_message(4))
        await world.witness.sees("m4")
        first = await link.hear()
        link.close()
        world.sleeps_end = True

        again = await world.server.take(connected(5, last_seq=5))
        await world.witness.sees("m5")
        second = await again.hear()

    assert first["type"] == second["type"] == "read"
    assert first["message_id"] in (2, 3, 4)
    assert second["message_id"] == 5


async def test_what_goes_into_a_pipe_is_read_by_nobody() -> None:
    async with a_world() as world:
        link = await world.server.take(connected(1, 2), a_message(3))
        await world.witness.sees("m3")

        assert link.is_quiet


async def no_stats() -> None:
    """There is nobody to ask."""

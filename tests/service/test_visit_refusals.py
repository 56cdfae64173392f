import json

import pytest

from roomserver.core.errors import CLOSE_TOO_MANY, Internal, StorageUnavailable
from roomserver.core.limits import Limits
from tests.support.builders import ANA, JUAN, ROOM
from tests.support.loops import all_quiet
from tests.support.stage import Guest, Stage

LIMITS = Limits(
    messages_per_second=3.0,
    messages_burst=2,
    events_per_second=1.0,
    events_burst=2,
    mistakes_per_minute_max=5,
    rate_refusals_per_minute_max=8,
)


@pytest.fixture
async def ana(stage: Stage) -> Guest:
    return await stage.guest(ANA)


def codes(guest: Guest) -> list[str]:
    return [error["code"] for error in guest.heard("error")]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({}, "empty_message", None),
        ({"content": ""}, "empty_message", None),
        ({"content": " \u200b\n"}, "empty_message", None),
        ({"content": "x" * 4_001}, "message_too_long", None),
        ({"content": "a\0b"}, "invalid_event", "content"),
        ({"content": "\ud800"}, "invalid_event", "content"),
        ({"content": 5}, "invalid_event", "content"),
        ({"content": {"$ne": 1}}, "invalid_event", "content"),
        ({"type": "edit", "message_id": 1_001, "content": " "}, "empty_message", None),
        ({"type": "edit", "message_id": 1_001, "content": "x" * 4_001}, "message_too_long", None),
        ({"type": "edit", "message_id": 9_999, "content": "x"}, "message_not_found", None),
        ({"type": "delete", "message_id": 9_999}, "message_not_found", None),
        ({"type": "react", "message_id": 1_001, "emoji": ""}, "invalid_event", "emoji"),
        ({"type": "react", "message_id": 1_001, "emoji": "x" * 33}, "invalid_event", "emoji"),
        ({"type": "react", "message_id": 9_999, "emoji": "👍"}, "message_not_found", None),
        ({"type": "typing"}, "invalid_event", "is_typing"),
        ({"type": "history", "limit": 0}, "invalid_event", "limit"),
        ({"type": "dance"}, "unknown_type", "type"),
        ({"type": 5}, "invalid_event", "type"),
    ],
    ids=str,
)
async def test_a_refusal_echoes_the_client_id_changes_nothing_and_ends_nothing(
    stage: Stage, ana: Guest, fields: dict[str, object], code: str, field: str | None
) -> None:
    await ana.send_frame(json.dumps({"type": "message", "client_id": "mine", **fields}))
    await ana.send("ping")

    [error] = ana.heard("error")
    assert (error["code"], error.get("field"), error["client_id"]) == (code, field, "mine")
    assert stage.log.contents(ROOM) == []
    assert ana.types == ["connected", "error", "pong"]
    assert ana.connection.closed is None


@pytest.mark.parametrize("client_id", ["", "x" * 65, "a\nb"], ids=ascii)
async def test_a_client_id_that_cannot_be_kept_is_refused(
    stage: Stage, ana: Guest, client_id: str
) -> None:
    await ana.send("message", content="hola", client_id=client_id)

    [error] = ana.heard("error")
    assert (error["code"], error["field"]) == ("invalid_event", "client_id")
    assert stage.log.contents(ROOM) == []


async def test_what_is_no_json_is_refused_and_the_conversation_goes_on(ana: Guest) -> None:
    await ana.send_frame("hola")
    await ana.send("ping")

    assert codes(ana) == ["invalid_json"]
    assert ana.types[-1] == "pong"


async def test_messages_over_the_limit_are_refused_and_not_stored() -> None:
    async with Stage(LIMITS).running() as stage:
        ana = await stage.guest(ANA)

        for number in range(4):
            await ana.send("message", content=str(number), client_id=f"c{number}")

    assert stage.log.contents(ROOM) == ["0", "1"]
    assert codes(ana) == ["rate_limited", "rate_limited"]
    assert [error["client_id"] for error in ana.heard("error")] == ["c2", "c3"]
    assert ana.connection.closed is None


async def test_whoever_waits_as_long_as_it_was_told_may_post_again() -> None:
    async with Stage(LIMITS).running() as stage:
        ana = await stage.guest(ANA)
        for _ in range(3):
            await ana.send("message", content="hola")
        [refused] = ana.heard("error")

        stage.clock.advance(refused["retry_after_ms"] / 1000)
        await ana.send("message", content="hola again")

    assert stage.log.contents(ROOM)[-1] == "hola again"


async def test_a_limit_holds_for_a_person_over_all_their_tabs() -> None:
    async with Stage(LIMITS).running() as stage:
        tabs = [await stage.guest(ANA) for _ in range(3)]
        juan = await stage.guest(JUAN)

        for guest in (*tabs, juan):
            await guest.send("message", content="hola")

    assert [codes(tab) for tab in tabs] == [[], [], ["rate_limited"]]
    assert codes(juan) == []


async def test_what_is_no_message_has_a_limit_of_its_own() -> None:
    async with Stage(LIMITS).running() as stage:
        ana = await stage.guest(ANA)

        for kind in ("ping", "history", "ping", "history"):
            await ana.send(kind)
        await ana.send("typing", is_typing=True)
        await ana.send("read", message_id=1)
        await ana.send("message", content="hola")

    assert codes(ana) == ["rate_limited"] * 4
    assert stage.log.contents(ROOM) == ["hola"]


async def test_a_mistake_takes_nothing_from_what_one_may_post() -> None:
    async with Stage(LIMITS).running() as stage:
        ana = await stage.guest(ANA)

        for _ in range(4):
            await ana.send("message", content="")
        await ana.send("message", content="hola")

    assert stage.log.contents(ROOM) == ["hola"]


async def test_too_many_mistakes_in_a_minute_close_the_connection() -> None:
    async with Stage(LIMITS).running() as stage:
        ana = await stage.guest(ANA)

        for _ in range(4):
            await ana.send_frame("hola")
        was_closed = ana.connection.closed
        await ana.send("message", content="")

    assert was_closed is None
    assert ana.connection.closed == (CLOSE_TOO_MANY, "too_many_mistakes")
    assert codes(ana)[-2:] == ["empty_message", "too_many_mistakes"]


async def test_twenty_mistakes_in_a_minute_are_too_many_unless_told_otherwise(ana: Guest) -> None:
    for _ in range(19):
        await ana.send_frame("hola")
    was_closed = ana.connection.closed
    await ana.send_frame("hola")

    assert was_closed is None
    assert ana.connection.closed == (CLOSE_TOO_MANY, "too_many_mistakes")


async def test_mistakes_far_apart_are_forgiven() -> None:
    async with Stage(LIMITS).running() as stage:
        ana = await stage.guest(ANA)

        for _ in range(50):
            await ana.send_frame("hola")
            stage.clock.advance(20)

    assert ana.connection.closed is None


async def test_being_too_fast_is_no_mistake_until_it_goes_on_and_on() -> None:
    async with Stage(LIMITS).running() as stage:
        ana = await stage.guest(ANA)

        for _ in range(2 + 7):
            await ana.send("message", content="hola")
        was_closed = ana.connection.closed
        await ana.send("message", content="hola")

    assert was_closed is None
    assert ana.connection.closed == (CLOSE_TOO_MANY, "too_many_mistakes")


async def test_a_failing_database_is_nobodys_mistake() -> None:
    async with Stage(Limits(mistakes_per_minute_max=3)).running() as stage:
        ana = await stage.guest(ANA)
        stage.log.failure = StorageUnavailable()

        for _ in range(10):
            await ana.send("message", content="hola")

    assert codes(ana) == ["storage_unavailable"] * 10
    assert ana.connection.closed is None


async def test_a_bug_of_ours_is_nobodys_mistake(ana: Guest) -> None:
    for _ in range(50):
        ana.visit.refuse(Internal("c0ffee00"))

    assert ana.connection.closed is None


async def test_too_many_messages_that_wait_for_the_database_are_refused_with_their_id() -> None:
    async with Stage(Limits(journal_messages_max=1)).running() as stage:
        ana = await stage.guest(ANA)
        stage.log.writing.shut()

        for number in range(3):
            await ana.send("message", content=str(number), client_id=f"c{number}")
        refused = ana.heard("error")
        stage.log.writing.open()
        await all_quiet()

    assert [(error["code"], error["client_id"]) for error in refused] == [
        ("storage_unavailable", "c2")
    ]
    assert stage.log.contents(ROOM) == ["0", "1"]


async def test_a_visit_is_summed_up_for_the_log(ana: Guest) -> None:
    await ana.send("message", content="hola", client_id="x")
    await ana.send("message", content="")
    await ana.send_frame("hola")

    assert (ana.visit.totals.messages, ana.visit.totals.refusals) == (1, 2)

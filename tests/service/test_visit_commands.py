import asyncio

import pytest

from roomserver.core.errors import StorageUnavailable
from roomserver.core.limits import Limits
from tests.support.builders import ANA, EVA, JUAN, OTHER_ROOM, ROOM, a_draft
from tests.support.loops import all_quiet
from tests.support.stage import Guest, Stage


@pytest.fixture
async def ana(stage: Stage) -> Guest:
    return await stage.guest(ANA)


@pytest.fixture
async def juan(stage: Stage) -> Guest:
    return await stage.guest(JUAN)


async def test_a_message_is_acknowledged_and_then_told_to_everyone_its_author_included(
    ana: Guest, juan: Guest
) -> None:
    ana.connection.forget()
    juan.connection.forget()

    await ana.send("message", content="hola", client_id="x")

    assert ana.types == ["message_sent", "message"]
    assert juan.types == ["message"]
    [sent], [message] = ana.heard("message_sent"), juan.heard("message")
    assert sent == {
        "message_id": message["id"],
        "timestamp": message["created_at"],
        "seq": 1,
        "client_id": "x",
    }
    assert (message["user_id"], message["username"], message["content"]) == (1, "Ana", "hola")


async def test_all_tabs_of_the_author_hear_the_message_and_one_the_acknowledgement(
    stage: Stage, ana: Guest
) -> None:
    other_tab = await stage.guest(ANA)

    await ana.send("message", content="hola")

    assert other_tab.heard("message")[0]["content"] == "hola"
    assert other_tab.heard("message_sent") == []


async def test_nothing_is_told_before_it_is_on_disk(stage: Stage, ana: Guest, juan: Guest) -> None:
    stage.log.answering.shut()

    await ana.send("message", content="hola")

    assert ana.heard("message_sent") == []
    assert ana.heard("message") == juan.heard("message") == []


async def test_messages_keep_their_order_however_fast_they_come(ana: Guest, juan: Guest) -> None:
    for number in range(20):
        await ana.visit.receive(f'{{"type": "message", "content": "{number}"}}')
    await all_quiet()

    assert [message["content"] for message in juan.heard("message")] == [
        str(number) for number in range(20)
    ]


async def test_a_retry_gets_the_first_acknowledgement_and_adds_no_message(
    stage: Stage, ana: Guest, juan: Guest
) -> None:
    await ana.send("message", content="hola", client_id="x")
    await ana.send("message", content="something else", client_id="x")
    back = await stage.guest(ANA, history=0)
    await back.send("message", content="hola", client_id="x")

    first, second = ana.heard("message_sent")
    assert back.heard("message_sent") == [first] == [second]
    assert stage.log.contents(ROOM) == ["hola"]
    assert len(juan.heard("message")) == 1


async def test_a_message_whose_acknowledgement_was_lost_reaches_the_room_with_its_retry(
    stage: Stage, ana: Guest, juan: Guest
) -> None:
    stage.log.loses_answers = True
    await ana.send("message", content="hola", client_id="x")
    stage.log.loses_answers = False
    await ana.send("message", content="hola", client_id="x")

    assert [error["code"] for error in ana.heard("error")] == ["storage_unavailable"]
    assert [sent["seq"] for sent in ana.heard("message_sent")] == [1]
    assert juan.seqs == ana.seqs == [1]


async def test_a_message_whose_acknowledgement_was_lost_reaches_the_room_without_a_retry(
    stage: Stage, ana: Guest, juan: Guest
) -> None:
    stage.log.loses_answers = True

    await ana.send("message", content="hola", client_id="x")
    await asyncio.sleep(5)

    assert juan.seqs == ana.seqs == [1]


async def test_a_message_is_stored_though_its_author_leaves(
    stage: Stage, ana: Guest, juan: Guest
) -> None:
    stage.log.writing.shut()
    await ana.send("message", content="hola")

    await ana.leave()
    stage.log.writing.open()
    await all_quiet()

    assert [message["content"] for message in juan.heard("message")] == ["hola"]


async def test_an_edit_a_deletion_and_a_reaction_are_entries_of_the_log(
    ana: Guest, juan: Guest
) -> None:
    await ana.send("message", content="hola")
    [sent] = ana.heard("message_sent")
    about = {"message_id": sent["message_id"]}

    await ana.send("edit", **about, content="adiós")
    await juan.send("react", **about, emoji="👍", on=True)
    await juan.send("react", **about, emoji="👍", on=False)
    await ana.send("delete", **about)

    for guest in (ana, juan):
        assert guest.seqs == [1, 2, 3, 4, 5]
        assert guest.types[-5:] == [
            "message",
            "message_edited",
            "reaction",
            "reaction",
            "message_deleted",
        ]
    assert len(ana.heard("message_sent")) == 1


async def test_a_change_that_was_made_before_is_acknowledged_and_nobody_hears_it_out_of_turn(
    ana: Guest, juan: Guest
) -> None:
    await ana.send("message", content="hola")
    message_id = ana.heard("message_sent")[0]["message_id"]

    for _ in range(2):
        await ana.send("edit", message_id=message_id, content="adiós", client_id="x")
        await ana.send("react", message_id=message_id, emoji="🎉", client_id="y")

    for guest in (ana, juan):
        assert [edited["seq"] for edited in guest.heard("message_edited")] == [2]
        assert [reaction["seq"] for reaction in guest.heard("reaction")] == [3]
    receipts = ana.heard("message_sent")[1:]
    assert [(sent["client_id"], sent["seq"]) for sent in receipts] == [("x", 2), ("y", 3)]
    assert {sent["message_id"] for sent in receipts} == {message_id}


async def test_typing_is_told_to_the_others(ana: Guest, juan: Guest) -> None:
    await ana.send("typing", is_typing=True)
    await ana.send("typing", is_typing=False)

    assert [typing["is_typing"] for typing in juan.heard("typing")] == [True, False]
    assert ana.heard("typing") == []


async def test_a_ping_is_answered_to_the_asker(ana: Guest, juan: Guest) -> None:
    await ana.send("ping")

    assert ana.heard("pong") == [{}]
    assert juan.heard("pong") == []


async def test_a_read_mark_is_told_to_everyone_when_it_has_moved(ana: Guest, juan: Guest) -> None:
    await juan.send("message", content="hola")
    message_id = juan.heard("message_sent")[0]["message_id"]

    await ana.send("read", message_id=message_id)
    await asyncio.sleep(1)
    await all_quiet()

    for guest in (ana, juan):
        [read] = guest.heard("read")
        assert (read["username"], read["message_id"], read["seq"]) == ("Ana", message_id, 1)


async def test_rooms_do_not_hear_each_other(stage: Stage, ana: Guest) -> None:
    eva = await stage.guest(EVA, room=OTHER_ROOM)

    await ana.send("message", content="hola")
    await ana.send("typing", is_typing=True)

    assert eva.types == ["connected"]


@pytest.mark.parametrize(
    ("question", "seqs", "has_more"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9], False),
        ({"limit": 2}, [8, 9], True),
        ({"before": 5, "limit": 2}, [3, 4], True),
        ({"before": 3, "limit": 2}, [1, 2], False),
        ({"before": 1}, [], False),
        ({"before": 0}, [], False),
        ({"before": 2**53 - 1, "limit": 1}, [9], True),
        ({"after": 0, "limit": 2}, [1, 2], True),
        ({"after": 7, "limit": 2}, [8, 9], False),
        ({"after": 9}, [], False),
        ({"after": 2**53 - 1}, [], False),
        ({"after": 7, "before": 3, "limit": 1}, [8], True),
    ],
    ids=str,
)
async def test_a_page_of_history_is_answered_to_the_asker(
    stage: Stage, question: dict[str, int], seqs: list[int], *, has_more: bool
) -> None:
    stage.log.store(*(a_draft(str(seq)) for seq in range(1, 10)))
    ana = await stage.guest(ANA, history=0)
    juan = await stage.guest(JUAN, history=0)

    await ana.send("history", **question)

    [page] = ana.heard("history")
    assert [message["seq"] for message in page["messages"]] == seqs
    assert page["has_more"] == has_more
    assert juan.heard("history") == []


@pytest.mark.parametrize(
    ("question", "echo"),
    [({}, {}), ({"before": 5}, {"before": 5}), ({"after": 5}, {"after": 5})],
    ids=str,
)
async def test_a_page_says_which_question_it_answers(
    ana: Guest, question: dict[str, int], echo: dict[str, int]
) -> None:
    await ana.send("history", **question)

    [page] = ana.heard("history")
    assert {name: page[name] for name in ("before", "after") if name in page} == echo


@pytest.mark.parametrize("question", [{}, {"before": 100}, {"after": 0}], ids=str)
async def test_a_page_has_a_largest_size_whatever_is_asked_for(question: dict[str, int]) -> None:
    async with Stage(Limits(history_messages_max=3)).running() as stage:
        stage.log.store(*(a_draft(str(seq)) for seq in range(1, 10)))
        ana = await stage.guest(ANA, history=0)

        await ana.send("history", **question, limit=1_000_000_000)

    assert len(ana.heard("history")[0]["messages"]) == 3


async def test_a_log_that_cannot_be_read_is_an_answer_too(stage: Stage, ana: Guest) -> None:
    stage.log.failure = StorageUnavailable()

    await ana.send("history")
    stage.log.failure = None
    await ana.send("history")

    assert ana.heard("error")[0]["code"] == "storage_unavailable"
    assert len(ana.heard("history")) == 1


async def test_whoever_does_not_read_the_answers_is_asked_for_no_more_questions(
    stage: Stage, ana: Guest
) -> None:
    ana.connection.waiting = stage.limits.outbox_signals_bytes_max + 1
    ana.connection.reader.shut()

    asking = asyncio.create_task(ana.visit.receive('{"type": "ping"}'))
    await all_quiet()
    was_answered = bool(ana.heard("pong"))
    ana.connection.reader.open()
    await asking

    assert not was_answered
    assert ana.heard("pong") == [{}]

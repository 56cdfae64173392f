"""The contract of :class:`roomserver.ports.log.Log` for replies and mentions."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_members import SqlMembers
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.errors import MessageNotFound
from roomserver.core.model import (
    QUOTED_CHARS_MAX,
    Draft,
    Entry,
    EntryId,
    Kind,
    Quoted,
    Receipt,
    Room,
    RoomId,
    Seq,
    User,
    UserId,
)
from roomserver.ports.log import Log
from roomserver.ports.members import Sighting
from tests.contracts.conftest import Databases
from tests.support.builders import ANA, EVA, JUAN, NOON_MS, a_draft


@pytest.fixture
def log(databases: Databases) -> Log:
    return SqlLog(databases[0])


@pytest.fixture
def other_log(databases: Databases) -> Log:
    """The same log, through another instance."""
    return SqlLog(databases[1])


@pytest.fixture
async def room(database: Database) -> Room:
    made, _is_new = await SqlRooms(database, SystemClock()).make(RoomId(1), name="One")
    return made


@pytest.fixture
async def other_room(database: Database) -> Room:
    made, _is_new = await SqlRooms(database, SystemClock()).make(RoomId(2), name="Two")
    return made


async def appended(log: Log, *drafts: Draft) -> Entry:
    """Append *drafts* in one transaction; return the last one's entry."""
    outcome = (await log.append(drafts))[-1]
    assert isinstance(outcome, Receipt), outcome
    return outcome.entry


async def stored(log: Log, room: Room) -> Sequence[Entry]:
    return await log.after(room.id, Seq(0), limit=100)


def a_change(kind: Kind, target: Entry, content: str = "", *, author: User = ANA) -> Draft:
    return Draft(
        room_id=target.room_id, author=author, content=content, kind=kind, target_id=target.id
    )


async def come(database: Database, room: Room, *people: User) -> None:
    sightings = [Sighting(room.id, user, is_online=True, at_ms=NOON_MS) for user in people]
    await SqlMembers(database).note_sightings(sightings)


async def test_a_reply_has_what_it_answers(log: Log, other_log: Log, room: Room) -> None:
    asked = await appended(log, a_draft("¿vienes?", room=room, author=ANA))

    answer = await appended(log, a_draft("sí", room=room, author=JUAN, reply_to=asked.id))

    assert (answer.reply_to, answer.quoted) == (asked.id, Quoted(ANA, "¿vienes?"))
    assert (await stored(other_log, room))[-1] == answer


async def test_only_the_beginning_of_what_is_answered_is_quoted(log: Log, room: Room) -> None:
    asked = await appended(log, a_draft("x" * 500, room=room))

    answer = await appended(log, a_draft("no", room=room, reply_to=asked.id))

    assert answer.quoted == Quoted(ANA, "x" * QUOTED_CHARS_MAX + "…")


async def test_a_reply_quotes_what_the_message_says_by_then(log: Log, room: Room) -> None:
    asked = await appended(log, a_draft("tea?", room=room))
    for text_ in ("coffee?", "cocoa?"):
        await appended(log, a_change(Kind.EDIT, asked, text_))

    later = await appended(log, a_draft("yes", room=room, reply_to=asked.id))
    at_once = await appended(
        log,
        a_change(Kind.EDIT, asked, "water?"),
        a_draft("yes", room=room, reply_to=asked.id),
    )

    assert [each.quoted and each.quoted.content for each in (later, at_once)] == [
        "cocoa?",
        "water?",
    ]


async def test_what_cannot_be_answered_is_refused(log: Log, room: Room, other_room: Room) -> None:
    elsewhere = await appended(log, a_draft(room=other_room))
    taken_back = await appended(log, a_draft(room=room))
    reaction = await appended(log, a_change(Kind.REACTION, taken_back, "👍"))
    await appended(log, a_change(Kind.DELETION, taken_back))
    going = await appended(log, a_draft(room=room))

    outcomes = await log.append(
        [
            *(
                a_draft("answer", room=room, reply_to=target)
                for target in (EntryId(999_999), elsewhere.id, taken_back.id, reaction.id)
            ),
            a_change(Kind.DELETION, going),
            a_draft("too late", room=room, reply_to=going.id),
            a_draft("no answer", room=room),
        ]
    )

    assert [isinstance(outcome, MessageNotFound) for outcome in outcomes] == [
        *[True] * 4,
        False,
        True,
        False,
    ]


async def test_a_reply_that_is_sent_again_is_the_first_one_whatever_became_of_the_message(
    log: Log, room: Room
) -> None:
    asked = await appended(log, a_draft(room=room))
    reply = a_draft("yes", room=room, reply_to=asked.id, client_id="r")
    first = await appended(log, reply)
    await appended(log, a_change(Kind.DELETION, asked))

    again = await appended(log, reply)

    assert (again.id, again.quoted) == (first.id, Quoted(ANA, ""))


async def test_a_deleted_text_is_gone_where_it_was_quoted(
    log: Log, other_log: Log, room: Room
) -> None:
    asked = await appended(log, a_draft("a secret", room=room))
    await appended(log, a_draft("oh", room=room, author=JUAN, reply_to=asked.id))

    await appended(other_log, a_change(Kind.DELETION, asked))

    _asked, answer, _deletion = await stored(log, room)
    assert (answer.content, answer.reply_to, answer.quoted) == ("oh", asked.id, Quoted(ANA, ""))


async def test_a_text_names_people_of_its_room(
    log: Log, other_log: Log, database: Database, room: Room, other_room: Room
) -> None:
    jose = User(UserId(4), "José Luis")
    await come(database, room, ANA, JUAN, jose)
    await come(database, other_room, EVA)

    said, nobody, elsewhere = await log.append(
        [
            a_draft("@juan @jose luis @Eva @Ana", room=room, author=ANA),
            a_draft("juan", room=room),
            a_draft("@juan @eva", room=other_room),
        ]
    )

    assert isinstance(said, Receipt)
    assert isinstance(nobody, Receipt)
    assert isinstance(elsewhere, Receipt)
    assert list(said.entry.mentions) == [JUAN.user_id, jose.user_id]
    assert list(nobody.entry.mentions) == []
    assert list(elsewhere.entry.mentions) == [EVA.user_id]
    assert [list(each.mentions) for each in await stored(other_log, room)] == [[2, 4], []]


async def test_an_edit_names_people_of_its_own(log: Log, database: Database, room: Room) -> None:
    await come(database, room, ANA, JUAN, EVA)
    said = await appended(log, a_draft("@juan", room=room))

    edit = await appended(log, a_change(Kind.EDIT, said, "@eva"))

    assert list(edit.mentions) == [EVA.user_id]


async def test_a_deleted_message_names_nobody(log: Log, database: Database, room: Room) -> None:
    await come(database, room, ANA, JUAN)
    said = await appended(log, a_draft("@juan", room=room))
    await appended(log, a_change(Kind.EDIT, said, "@juan!"))

    await appended(log, a_change(Kind.DELETION, said))

    assert [list(each.mentions) for each in await stored(log, room)] == [[], [], []]
    assert list(await database.ask(text("SELECT user_id FROM mentions"))) == []

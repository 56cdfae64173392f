"""The contract of :class:`roomserver.ports.log.Log` for edits, deletions and reactions."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import pytest
from msgspec import structs
from sqlalchemy import text

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.errors import Forbidden, MessageNotFound, RoomBusy, RoomError
from roomserver.core.model import Draft, Entry, EntryId, Kind, Receipt, Room, RoomId, Seq, User
from roomserver.ports.log import Log
from tests.contracts.conftest import Databases
from tests.support.builders import ANA, EVA, JUAN, a_draft
from tests.support.databases import writing

ALL = 1_000
"""More than any log here has."""

AT_ONCE_S_MAX = 1.0
"""Far less than anybody could be waited for, and enough on a busy machine."""

ANSWER_S_MAX = 2.0


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


@pytest.fixture
async def message(log: Log, room: Room) -> Entry:
    """What Ana said first in the room."""
    return await appended(log, a_draft("hola", room=room, author=ANA))


Change = Callable[..., Draft]


def a_change(
    kind: Kind, message: Entry, content: str, *, author: User, client_id: str | None
) -> Draft:
    return Draft(
        room_id=message.room_id,
        author=author,
        content=content,
        client_id=client_id,
        kind=kind,
        target_id=message.id,
    )


def an_edit(
    message: Entry, content: str = "hello", *, author: User = ANA, client_id: str | None = None
) -> Draft:
    return a_change(Kind.EDIT, message, content, author=author, client_id=client_id)


def a_deletion(message: Entry, *, author: User = ANA, client_id: str | None = None) -> Draft:
    return a_change(Kind.DELETION, message, "", author=author, client_id=client_id)


def a_reaction(
    message: Entry, emoji: str = "👍", *, author: User = JUAN, client_id: str | None = None
) -> Draft:
    return a_change(Kind.REACTION, message, emoji, author=author, client_id=client_id)


def a_reaction_end(
    message: Entry, emoji: str = "👍", *, author: User = JUAN, client_id: str | None = None
) -> Draft:
    return a_change(Kind.REACTION_END, message, emoji, author=author, client_id=client_id)


async def appended(log: Log, draft: Draft) -> Entry:
    """Append what must be new, and return it."""
    [outcome] = await log.append([draft])
    assert isinstance(outcome, Receipt), outcome
    assert outcome.is_new
    return outcome.entry


async def stored(log: Log, room: Room) -> list[Entry]:
    return list(await log.after(room.id, Seq(0), limit=ALL))


def seqs(outcomes: Iterable[Receipt | RoomError]) -> list[int]:
    return [outcome.entry.seq for outcome in outcomes if isinstance(outcome, Receipt)]


def news(outcomes: Iterable[Receipt | RoomError]) -> list[bool]:
    return [outcome.is_new for outcome in outcomes if isinstance(outcome, Receipt)]


def elsewhere(message: Entry, room: Room) -> Entry:
    """Return the message as if it had been said in another room."""
    return structs.replace(message, room_id=room.id)


def with_id(message: Entry, entry_id: int) -> Entry:
    """Return a message of the same room and author that has another number."""
    return structs.replace(message, id=EntryId(entry_id))


async def test_a_change_is_an_entry_of_its_own_as_every_reader_will_see_it(
    log: Log, other_log: Log, room: Room, message: Entry
) -> None:
    drafts = [
        an_edit(message, "hello", client_id="e"),
        a_reaction(message, "👍", author=JUAN),
        a_reaction_end(message, "👍", author=JUAN),
    ]

    outcomes = await log.append(drafts)

    entries = [outcome.entry for outcome in outcomes if isinstance(outcome, Receipt)]
    assert await stored(other_log, room) == [message, *entries]
    assert [(e.seq, e.kind, e.author, e.content, e.client_id, e.target_id) for e in entries] == [
        (2, Kind.EDIT, ANA, "hello", "e", message.id),
        (3, Kind.REACTION, JUAN, "👍", None, message.id),
        (4, Kind.REACTION_END, JUAN, "👍", None, message.id),
    ]


@pytest.mark.parametrize("change", [an_edit, a_deletion])
async def test_only_its_author_may_change_or_delete_a_message(
    log: Log, other_log: Log, room: Room, message: Entry, change: Change
) -> None:
    refused, beside = await other_log.append(
        [change(message, author=JUAN, client_id="j"), a_draft("beside", room=room)]
    )
    [allowed] = await other_log.append([change(message, author=ANA)])

    assert isinstance(refused, Forbidden)
    assert seqs([beside, allowed]) == [2, 3]
    assert [entry.author for entry in await stored(log, room)] == [ANA, ANA, ANA]


@pytest.mark.parametrize("change", [a_reaction, a_reaction_end])
async def test_everybody_may_react(log: Log, message: Entry, change: Change) -> None:
    outcomes = await log.append([change(message, author=user) for user in (ANA, JUAN, EVA)])

    assert seqs(outcomes) == [2, 3, 4]


@pytest.mark.parametrize("change", [an_edit, a_deletion, a_reaction, a_reaction_end])
async def test_a_message_that_is_not_there_can_not_be_changed(
    log: Log, room: Room, message: Entry, change: Change
) -> None:
    refused, beside = await log.append(
        [change(with_id(message, 999_999), author=ANA), a_draft("beside", room=room)]
    )

    assert isinstance(refused, MessageNotFound)
    assert seqs([beside]) == [2]


@pytest.mark.parametrize("change", [an_edit, a_deletion, a_reaction, a_reaction_end])
async def test_a_message_of_another_room_can_not_be_changed(
    log: Log, room: Room, other_room: Room, message: Entry, change: Change
) -> None:
    [refused] = await log.append([change(elsewhere(message, other_room), author=ANA)])

    assert isinstance(refused, MessageNotFound)
    assert await stored(log, room) == [message]
    assert await stored(log, other_room) == []


@pytest.mark.parametrize("change", [an_edit, a_reaction, a_reaction_end])
@pytest.mark.parametrize("in_one_batch", [False, True])
async def test_a_deleted_message_can_not_be_changed(
    log: Log,
    other_log: Log,
    room: Room,
    message: Entry,
    change: Change,
    in_one_batch: bool,  # noqa: FBT001
) -> None:
    late = change(message, author=ANA)

    if in_one_batch:
        deleted, refused = await log.append([a_deletion(message), late])
    else:
        [deleted] = await log.append([a_deletion(message)])
        [refused] = await other_log.append([late])

    assert news([deleted]) == [True]
    assert isinstance(refused, MessageNotFound)
    assert len(await stored(log, room)) == 2


@pytest.mark.parametrize("change", [an_edit, a_deletion, a_reaction, a_reaction_end])
async def test_a_change_can_not_be_changed(
    log: Log, room: Room, message: Entry, change: Change
) -> None:
    edit = await appended(log, an_edit(message))

    [refused] = await log.append([change(edit, author=ANA)])

    assert isinstance(refused, MessageNotFound)
    assert await stored(log, room) == [message, edit]


async def test_every_edit_is_an_entry_even_if_it_says_the_same(
    log: Log, room: Room, message: Entry
) -> None:
    outcomes = await log.append([an_edit(message, text) for text in ("a", "b", "b", "a")])

    assert seqs(outcomes) == [2, 3, 4, 5]
    assert [entry.content for entry in await stored(log, room)] == ["hola", "a", "b", "b", "a"]


async def test_the_same_reaction_again_adds_nothing_and_gets_the_first_entry(
    log: Log, other_log: Log, room: Room, message: Entry
) -> None:
    first = await appended(log, a_reaction(message, client_id="a"))

    again = await other_log.append(
        [a_reaction(message), a_reaction(message, client_id="b"), a_reaction(message)]
    )

    assert again == [Receipt(first, is_new=False)] * 3
    assert await stored(log, room) == [message, first]


async def test_the_same_reaction_twice_in_one_batch_is_one(
    log: Log, room: Room, message: Entry
) -> None:
    outcomes = await log.append([a_reaction(message), a_reaction(message)])

    assert (seqs(outcomes), news(outcomes)) == ([2, 2], [True, False])
    assert len(await stored(log, room)) == 2


async def test_reactions_of_others_and_with_another_emoji_are_not_the_same(
    log: Log, message: Entry
) -> None:
    drafts = [a_reaction(message, "👍"), a_reaction(message, "🎉")]
    drafts += [a_reaction(message, "👍", author=EVA)]

    assert news(await log.append(drafts)) == [True, True, True]
    assert news(await log.append(drafts)) == [False, False, False]


@pytest.mark.parametrize("in_one_batch", [False, True])
async def test_on_off_on_makes_new_entries_each_time(
    log: Log,
    room: Room,
    message: Entry,
    in_one_batch: bool,  # noqa: FBT001
) -> None:
    on, off = a_reaction(message), a_reaction_end(message)
    drafts = [on, off, off, on, on]

    outcomes = await in_batches(log, drafts, size=len(drafts) if in_one_batch else 1)

    assert seqs(outcomes) == [2, 3, 3, 4, 4]
    assert news(outcomes) == [True, True, False, True, False]
    assert [entry.kind for entry in await stored(log, room)] == [
        Kind.MESSAGE,
        Kind.REACTION,
        Kind.REACTION_END,
        Kind.REACTION,
    ]


async def in_batches(
    log: Log, drafts: Sequence[Draft], *, size: int
) -> Sequence[Receipt | RoomError]:
    outcomes: list[Receipt | RoomError] = []
    for at in range(0, len(drafts), size):
        outcomes += await log.append(drafts[at : at + size])
    return outcomes


async def test_a_deletion_blanks_the_message_and_its_edits_and_keeps_rows_and_numbers(
    log: Log, other_log: Log, room: Room, message: Entry
) -> None:
    await log.append(
        [
            an_edit(message, "secret"),
            a_reaction(message, "👍"),
            a_draft("other", room=room),
            an_edit(message, "more secret"),
        ]
    )
    before = await stored(log, room)

    deletion = await appended(log, a_deletion(message))

    after = await stored(other_log, room)
    assert [(entry.seq, entry.content) for entry in after] == [
        (1, ""),
        (2, ""),
        (3, "👍"),
        (4, "other"),
        (5, ""),
        (6, ""),
    ]
    assert [entry.id for entry in after] == [*(entry.id for entry in before), deletion.id]
    assert [entry.kind for entry in after[:5]] == [entry.kind for entry in before]
    assert [after[0].is_deleted, after[3].is_deleted] == [True, False]


async def test_a_deletion_blanks_an_edit_of_its_own_batch_too(
    log: Log, room: Room, message: Entry
) -> None:
    await log.append([an_edit(message, "secret"), a_deletion(message)])

    assert [entry.content for entry in await stored(log, room)] == ["", "", ""]


async def test_deleting_again_returns_the_first_deletion(
    log: Log, other_log: Log, room: Room, message: Entry
) -> None:
    deletion = await appended(log, a_deletion(message, client_id="a"))

    again = await other_log.append([a_deletion(message), a_deletion(message, client_id="b")])

    assert again == [Receipt(deletion, is_new=False)] * 2
    assert len(await stored(log, room)) == 2


async def test_deleting_twice_in_one_batch_is_one_deletion(
    log: Log, room: Room, message: Entry
) -> None:
    outcomes = await log.append([a_deletion(message), a_deletion(message)])

    assert (seqs(outcomes), news(outcomes)) == ([2, 2], [True, False])
    assert len(await stored(log, room)) == 2


async def test_whoever_deletes_what_its_author_has_deleted_finds_nothing(
    log: Log, room: Room, message: Entry
) -> None:
    await log.append([a_deletion(message)])

    [refused] = await log.append([a_deletion(message, author=JUAN)])

    assert isinstance(refused, MessageNotFound)
    assert len(await stored(log, room)) == 2


@pytest.mark.parametrize("change", [an_edit, a_deletion, a_reaction, a_reaction_end])
async def test_a_retry_of_a_change_gets_the_first_entry_whatever_happened_since(
    log: Log, other_log: Log, room: Room, message: Entry, change: Change
) -> None:
    first = await appended(log, change(message, author=ANA, client_id="a"))
    await log.append([a_reaction(message), a_deletion(message)])
    entries = await stored(log, room)

    [again] = await other_log.append([change(message, author=ANA, client_id="a")])

    assert isinstance(again, Receipt)
    assert (again.entry.id, again.entry.seq, again.is_new) == (first.id, first.seq, False)
    assert await stored(log, room) == entries


async def test_a_client_id_is_the_same_for_messages_and_changes(
    log: Log, room: Room, message: Entry
) -> None:
    said = await appended(log, a_draft("said", room=room, author=ANA, client_id="a"))

    [again] = await log.append([an_edit(message, client_id="a")])

    assert again == Receipt(said, is_new=False)
    assert [entry.content for entry in await stored(log, room)] == ["hola", "said"]


async def test_messages_and_changes_of_one_batch_get_one_to_n_in_their_order(
    log: Log, room: Room, other_room: Room, message: Entry
) -> None:
    drafts = [
        a_draft("two", room=room, client_id="2"),
        an_edit(message, "three", client_id="3"),
        a_draft("elsewhere", room=other_room),
        a_reaction(message, client_id="4"),
        an_edit(message, author=JUAN),
        a_draft("two again", room=room, client_id="2"),
        a_draft("five", room=room),
        a_reaction(message),
        a_reaction_end(message),
        a_deletion(message),
        a_draft("eight", room=room),
    ]

    outcomes = await log.append(drafts)

    assert isinstance(outcomes[4], Forbidden)
    assert seqs(outcomes) == [2, 3, 1, 4, 2, 5, 4, 6, 7, 8]
    assert [entry.seq for entry in await stored(log, room)] == list(range(1, 9))
    assert (await log.head(room.id)).seq == 8


@pytest.mark.slow
async def test_two_instances_that_react_at_once_make_one_reaction(
    log: Log, other_log: Log, room: Room, message: Entry
) -> None:
    attempts = [each.append([a_reaction(message)]) for each in (log, other_log) * 10]

    outcomes = [outcome for [outcome] in await asyncio.gather(*attempts)]

    assert seqs(outcomes) == [2] * 20
    assert news(outcomes).count(True) == 1
    assert len(await stored(log, room)) == 2


@asynccontextmanager
async def held(database: Database, room: Room) -> AsyncIterator[None]:
    """Lock the room, as another instance would that hangs in the middle of a commit."""
    async with writing(database) as transaction:
        await transaction.execute(
            text("SELECT id FROM rooms WHERE id = :room_id FOR UPDATE"), {"room_id": room.id}
        )
        yield


with_row_locks = pytest.mark.parametrize(
    "open_store", [pytest.param("postgresql", marks=pytest.mark.real)], indirect=True
)
"""SQLite has one lock for everything, and one instance that takes it."""


@pytest.mark.slow
@with_row_locks
async def test_a_room_that_another_transaction_holds_is_busy_alone(
    databases: Databases, log: Log, room: Room, other_room: Room, message: Entry
) -> None:
    drafts = [
        a_draft("a", room=room, client_id="a"),
        a_draft("b", room=other_room),
        a_reaction(message),
        a_draft("c", room=other_room),
    ]

    async with held(databases[1], room):
        began_s = time.monotonic()
        outcomes = await log.append(drafts)
        took_s = time.monotonic() - began_s
    later = await log.append([drafts[0], drafts[2]])

    assert [isinstance(outcome, RoomBusy) for outcome in outcomes] == [True, False, True, False]
    assert took_s < ANSWER_S_MAX
    assert seqs(outcomes) == [1, 2]
    assert (seqs(later), news(later)) == ([2, 3], [True, True])


@with_row_locks
async def test_who_has_no_patience_hears_of_a_held_room_at_once(
    databases: Databases, log: Log, room: Room, other_room: Room
) -> None:
    # The first use of a statement is slower: that is not what is measured.
    await log.append([a_draft(room=other_room)], is_patient=False)

    async with held(databases[1], room):
        began_s = time.monotonic()
        busy, beside = await log.append(
            [a_draft(room=room), a_draft(room=other_room)], is_patient=False
        )
        took_s = time.monotonic() - began_s

    assert isinstance(busy, RoomBusy)
    assert seqs([beside]) == [2]
    assert took_s < AT_ONCE_S_MAX
    assert await stored(log, room) == []


@with_row_locks
async def test_reading_does_not_wait_for_a_held_room(
    databases: Databases, log: Log, room: Room, message: Entry
) -> None:
    async with held(databases[1], room):
        found = await stored(log, room)
        head = (await log.head(room.id)).seq

    assert (found, head) == ([message], 1)

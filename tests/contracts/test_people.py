"""The contracts of :mod:`roomserver.ports.people`, on every store."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from roomserver.adapters.sql_people import SqlPeople
from roomserver.adapters.sql_revocations import SqlRevocations
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.sql_sessions import SqlEntryLinks, SqlSessions
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.errors import InvalidEvent
from roomserver.core.model import RoomId, User, UserId
from roomserver.core.people import (
    NUMBERS_GIVEN_FROM,
    EntryLink,
    LinkKind,
    Person,
    PersonKind,
    Session,
    SessionKind,
)
from roomserver.core.revoked import Revoked
from roomserver.ports.people import EntryLinks, Known, People, Sessions
from tests.contracts.conftest import Databases

NOW_MS = 1_000_000
ANA = Person(user=User(UserId(2**40), "Ana"), kind=PersonKind.ACCOUNT, created_at_ms=NOW_MS)
EVA = Person(user=User(UserId(2**41), "Eva"), kind=PersonKind.ACCOUNT, created_at_ms=NOW_MS)
BOT = Person(
    user=User(UserId(2**42), "Deploy"),
    kind=PersonKind.PROGRAM,
    maker_id=ANA.user.user_id,
    created_at_ms=NOW_MS,
)
SESSION = Session(
    id="s1",
    kind=SessionKind.BROWSER,
    label="Firefox",
    created_at_ms=NOW_MS,
    used_at_ms=NOW_MS,
    expires_at_ms=NOW_MS + 1_000,
)
TOKEN = Session(
    id="t1",
    kind=SessionKind.TOKEN,
    label="deploy",
    rooms=frozenset({RoomId(1), RoomId(7)}),
    rights=frozenset({"read", "write"}),
    created_at_ms=NOW_MS,
    used_at_ms=NOW_MS,
)
SIGN_UP = EntryLink(
    kind=LinkKind.SIGN_UP,
    maker_id=ANA.user.user_id,
    created_at_ms=NOW_MS,
    expires_at_ms=NOW_MS + 1_000,
    uses_left=2,
)
SET_UP = EntryLink(kind=LinkKind.SET_UP, created_at_ms=NOW_MS, expires_at_ms=NOW_MS + 1_000)


Listing = Callable[[], Awaitable[list[Revoked]]]

OLD, NEW = "what is kept of the old password", "what is kept of the new one"


@pytest.fixture
def people(databases: Databases) -> People:
    return SqlPeople(databases[0], SystemClock())


@pytest.fixture
def sessions(databases: Databases) -> Sessions:
    return SqlSessions(databases[1], SystemClock())


@pytest.fixture
def links(databases: Databases) -> EntryLinks:
    return SqlEntryLinks(databases[1])


@pytest.fixture
async def revoked(databases: Databases) -> Listing:
    log = SqlRevocations(databases[1], SystemClock())

    async def listing() -> list[Revoked]:
        return [each for _number, each in await log.after(0)]

    return listing


async def test_somebody_added_is_found_by_number_and_by_name(people: People) -> None:
    assert await people.add(ANA, password_hash=OLD)

    assert await people.find(ANA.user.user_id) == Known(ANA, OLD)
    for name in ("Ana", "ANA", "Аna"):
        assert await people.find_by_name(name) == Known(ANA, OLD)
    assert await people.find_by_name("Anna") is None
    assert await people.find(UserId(1)) is None


async def test_nobody_gets_a_name_that_looks_like_anothers(people: People) -> None:
    await people.add(ANA)

    for kind in (PersonKind.ACCOUNT, PersonKind.PROGRAM, PersonKind.GUEST):
        twin = Person(user=User(UserId(2**43), "Аnа"), kind=kind)
        with pytest.raises(InvalidEvent) as refused:
            await people.add(twin)
        assert refused.value.field == "username"
    assert await people.find(UserId(2**43)) is None


async def test_guests_may_have_the_same_name(people: People, databases: Databases) -> None:
    room, _ = await SqlRooms(databases[0], SystemClock()).make("books", name="Books")
    for number in (2**43, 2**44):
        guest = Person(user=User(UserId(number), "Pat"), kind=PersonKind.GUEST, room_id=room.id)
        assert await people.add(guest)
        assert await people.find(UserId(number)) == Known(guest, None)


@pytest.mark.slow
async def test_of_two_who_take_a_name_at_once_one_gets_it(people: People) -> None:
    twins = [replace(ANA, user=User(UserId(2**43 + at), "Ana")) for at in range(8)]

    answers = await asyncio.gather(*(people.add(each) for each in twins), return_exceptions=True)

    assert answers.count(True) == 1
    assert sum(isinstance(answer, InvalidEvent) for answer in answers) == 7


async def test_a_link_lets_in_so_many_and_so_long(people: People, links: EntryLinks) -> None:
    await links.make(SIGN_UP, "secret")
    persons = [replace(ANA, user=User(UserId(2**43 + at), f"Person {at}")) for at in range(4)]

    async def add(at: int, link: str = "secret", *, now_ms: int = NOW_MS) -> bool:
        return await people.add(
            persons[at], link_hash=link, link_kind=LinkKind.SIGN_UP, now_ms=now_ms
        )

    assert not await add(0, "another")
    assert not await add(0, now_ms=NOW_MS + 1_000)
    assert await links.find("secret", NOW_MS) == SIGN_UP
    assert [await add(at) for at in range(3)] == [True, True, False]
    assert await links.find("secret", NOW_MS) is None
    assert await people.find(persons[2].user.user_id) is None


async def test_a_name_that_is_taken_uses_up_no_link(people: People, links: EntryLinks) -> None:
    await people.add(ANA)
    await links.make(SIGN_UP, "secret")

    with pytest.raises(InvalidEvent):
        await people.add(
            replace(ANA, user=User(UserId(1), "ana")),
            link_hash="secret",
            link_kind=LinkKind.SIGN_UP,
            now_ms=NOW_MS,
        )

    assert await links.find("secret", NOW_MS) == SIGN_UP


async def test_the_server_gets_one_owner(people: People, links: EntryLinks) -> None:
    await links.make(SET_UP, "older")
    await links.make(SET_UP, "newer")
    assert await links.find("older", NOW_MS) is None
    assert not await people.has_owner()
    owners = [
        replace(ANA, user=User(UserId(2**43 + at), f"Owner {at}"), is_owner=True) for at in (0, 1)
    ]

    async def set_up(at: int, kind: LinkKind) -> bool:
        return await people.add(owners[at], link_hash="newer", link_kind=kind, now_ms=NOW_MS)

    assert not await set_up(0, LinkKind.SIGN_UP)
    assert await set_up(0, LinkKind.SET_UP)
    assert await people.has_owner()
    await links.make(SET_UP, "newer")
    assert not await set_up(1, LinkKind.SET_UP)


async def test_people_are_listed_by_name(people: People) -> None:
    for each in (EVA, BOT, ANA):
        await people.add(each)

    assert list(await people.listing(PersonKind.ACCOUNT)) == [ANA, EVA]
    programs = await people.listing(PersonKind.PROGRAM, maker_id=ANA.user.user_id)
    assert list(programs) == [BOT]
    assert list(await people.listing(PersonKind.PROGRAM, maker_id=EVA.user.user_id)) == []


async def test_somebody_elses_people_keep_their_numbers(people: People) -> None:
    first = await people.number_of("auth0|ana", "Ana", NOW_MS)

    assert first >= NUMBERS_GIVEN_FROM
    assert await people.number_of("auth0|ana", "Another name", NOW_MS) == first
    assert await people.number_of("auth0|eva", "Ana", NOW_MS) != first


async def test_a_session_lets_its_person_in(people: People, sessions: Sessions) -> None:
    await people.add(ANA)
    await sessions.open(SESSION, ANA.user.user_id, "secret")
    await sessions.open(TOKEN, ANA.user.user_id, "token")

    assert await sessions.find("secret", NOW_MS) == (ANA, SESSION)
    assert await sessions.find("token", NOW_MS + 10**12) == (ANA, TOKEN)
    assert await sessions.find("another", NOW_MS) is None
    assert await sessions.find("secret", NOW_MS + 1_000) is None
    theirs = await sessions.listing([ANA.user.user_id], SessionKind.BROWSER)
    assert list(theirs) == [SESSION]


async def test_when_a_session_was_used_is_kept(people: People, sessions: Sessions) -> None:
    await people.add(ANA)
    await sessions.open(SESSION, ANA.user.user_id, "secret")

    await sessions.touch("s1", NOW_MS + 5)

    assert await sessions.find("secret", NOW_MS) == (ANA, replace(SESSION, used_at_ms=NOW_MS + 5))


async def test_a_new_password_ends_the_other_browsers(
    people: People, sessions: Sessions, revoked: Listing
) -> None:
    await people.add(ANA, password_hash=OLD)
    for name in ("s1", "s2", "s3"):
        await sessions.open(replace(SESSION, id=name), ANA.user.user_id, f"secret {name}")
    await sessions.open(TOKEN, ANA.user.user_id, "token")

    await people.set_password(ANA.user.user_id, NEW, keep="s2")

    assert (await people.find(ANA.user.user_id)) == Known(ANA, NEW)
    assert await sessions.find("secret s1", NOW_MS) is None
    assert await sessions.find("secret s2", NOW_MS) is not None
    assert await sessions.find("token", NOW_MS) is not None
    assert {each.session_id for each in await revoked()} == {"s1", "s3"}


async def test_a_link_for_a_password_is_good_once_and_the_last_one_counts(
    people: People, links: EntryLinks
) -> None:
    await people.add(ANA)
    link = EntryLink(
        kind=LinkKind.RESET,
        user_id=ANA.user.user_id,
        created_at_ms=NOW_MS,
        expires_at_ms=NOW_MS + 1_000,
    )
    await links.make(SIGN_UP, "sign up")
    for secret in ("earlier", "later"):
        await links.make(link, secret)

    changed = [
        await people.set_password(ANA.user.user_id, NEW, link_hash=secret, now_ms=NOW_MS)
        for secret in ("earlier", "sign up", "later", "later")
    ]

    assert changed == [False, False, True, False]
    assert await people.find(ANA.user.user_id) == Known(ANA, NEW)
    assert await links.find("sign up", NOW_MS) == SIGN_UP


async def test_whoever_is_disabled_is_let_in_nowhere(
    people: People, sessions: Sessions, revoked: Listing
) -> None:
    await people.add(ANA)
    await people.add(BOT)
    await sessions.open(SESSION, ANA.user.user_id, "secret")
    await sessions.open(TOKEN, BOT.user.user_id, "token")

    await people.set_disabled(ANA.user.user_id, is_disabled=True)

    assert await sessions.find("secret", NOW_MS) is None
    assert await sessions.find("token", NOW_MS) is None
    assert {each.user_id for each in await revoked()} == {
        None,
        ANA.user.user_id,
        BOT.user.user_id,
    }
    known = await people.find(ANA.user.user_id)
    assert known is not None
    assert known.person.is_disabled
    await people.set_disabled(ANA.user.user_id, is_disabled=False)
    await sessions.open(SESSION, ANA.user.user_id, "again")
    assert await sessions.find("again", NOW_MS) is not None


async def test_sessions_end_one_by_one_by_kind_or_all(
    people: People, sessions: Sessions, revoked: Listing
) -> None:
    await people.add(ANA)
    await people.add(EVA)
    ana, eva = [ANA.user.user_id], [EVA.user.user_id]
    for name in ("s1", "s2"):
        await sessions.open(replace(SESSION, id=name), ana[0], f"secret {name}")
    await sessions.open(TOKEN, ana[0], "token")

    assert await sessions.end(eva, session_id="s1") == 0
    assert await sessions.end(ana, session_id="s1") == 1
    assert await sessions.end(ana, kind=SessionKind.BROWSER) == 1
    assert await sessions.end(ana) == 1
    assert [each.session_id for each in await revoked()] == ["s1", "s2", "t1"]


async def test_a_guest_becomes_an_account_under_the_same_number(
    people: People, databases: Databases
) -> None:
    room, _ = await SqlRooms(databases[0], SystemClock()).make("books", name="Books")
    guest = Person(user=User(UserId(2**43), "Pat"), kind=PersonKind.GUEST, room_id=room.id)
    await people.add(guest)
    await people.add(ANA)

    with pytest.raises(InvalidEvent):
        await people.upgrade(User(guest.user.user_id, "Аna"), "h")
    assert await people.upgrade(User(guest.user.user_id, "Patricia"), "h")

    assert await people.find_by_name("patricia") == Known(
        Person(user=User(guest.user.user_id, "Patricia"), kind=PersonKind.ACCOUNT), "h"
    )
    assert not await people.upgrade(User(guest.user.user_id, "Patricia"), "h")

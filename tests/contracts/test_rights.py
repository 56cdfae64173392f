"""The contract of :class:`roomserver.ports.rights.RightsStore`, on every store."""

import asyncio
from typing import Any

import pytest

from roomserver.adapters.sql_members import SqlMembers
from roomserver.adapters.sql_people import SqlPeople
from roomserver.adapters.sql_revocations import SqlRevocations
from roomserver.adapters.sql_rights import SqlRights
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.deeds import Decision
from roomserver.core.errors import Forbidden, RemovedFromRoom, RoomNotFound
from roomserver.core.model import Grant, Role, Room, RoomId, RoomState, User, UserId
from roomserver.core.people import Person, PersonKind
from roomserver.core.revoked import Revoked
from roomserver.ports.members import Sighting
from roomserver.ports.rights import RightsStore, RoomRights
from tests.contracts.conftest import Databases
from tests.support.builders import ANA, EVA, JUAN, NOON_MS


@pytest.fixture
def store(databases: Databases) -> RightsStore:
    return SqlRights(databases[0], SystemClock())


@pytest.fixture
def other_store(databases: Databases) -> RightsStore:
    """The same rights, through another instance."""
    return SqlRights(databases[1], SystemClock())


@pytest.fixture
async def room(databases: Databases) -> Room:
    made, _is_new = await SqlRooms(databases[0], SystemClock()).make("books", name="Books")
    return made


def decision(room: Room, deed: str = "deed", target: User | None = None, **of: Any) -> Decision:
    return Decision(room_id=room.id, actor=ANA, deed=deed, target=target, **of)


def owner(room: Room, user: User) -> Decision:
    return decision(room, "set_role", user, grant={"role": "owner"})


async def rights_in(store: RightsStore, room: Room, *, grants_max: int = 10) -> RoomRights:
    rights = await store.of_room(room.id, grants_max=grants_max)
    assert rights is not None
    return rights


async def test_a_room_about_which_nothing_was_decided_is_open(
    store: RightsStore, room: Room
) -> None:
    assert await rights_in(store, room) == RoomRights(RoomState(), {}, is_whole=True)
    assert (await store.revision(), await store.changed(0)) == (0, {})


async def test_a_room_that_is_not_there_has_no_rights(store: RightsStore) -> None:
    assert await store.of_room(RoomId(9), grants_max=10) is None
    with pytest.raises(RoomNotFound):
        await store.decide(Decision(room_id=RoomId(9), actor=ANA, deed="set_up"))


async def test_what_is_decided_about_a_room_changes_that_and_no_more(
    store: RightsStore, other_store: RightsStore, room: Room
) -> None:
    await store.decide(decision(room, state={"is_private": True, "slow_mode_s": 30}))
    await other_store.decide(decision(room, state={"people_max": 5, "is_announce_only": True}))

    assert (await rights_in(other_store, room)).state == RoomState(
        is_private=True, is_announce_only=True, slow_mode_s=30, people_max=5
    )


async def test_what_is_decided_about_a_person_changes_that_and_no_more(
    store: RightsStore, other_store: RightsStore, room: Room
) -> None:
    await store.decide(decision(room, "set_role", EVA, grant={"role": "member"}))
    await other_store.decide(decision(room, "mute", EVA, grant={"muted_until_ms": NOON_MS}))

    expected = Grant(user=EVA, role=Role.MEMBER, muted_until_ms=NOON_MS)
    assert (await rights_in(store, room)).grants == {EVA.user_id: expected}
    assert list(await store.grants(room.id, [EVA.user_id, JUAN.user_id])) == [expected]
    assert list(await store.listing(room.id)) == [expected]


async def test_of_a_full_room_nobody_is_returned_at_once(store: RightsStore, room: Room) -> None:
    for user in (ANA, EVA, JUAN):
        await store.decide(decision(room, "mute", user, grant={"muted_until_ms": 1}))

    full = await rights_in(store, room, grants_max=2)

    assert (full.grants, full.is_whole) == ({}, False)
    assert (await rights_in(store, room, grants_max=3)).is_whole


async def test_each_decision_has_a_revision_and_a_room_its_last(
    store: RightsStore, other_store: RightsStore, room: Room, databases: Databases
) -> None:
    other, _ = await SqlRooms(databases[0], SystemClock()).make("music", name="Music")
    await store.decide(decision(room))
    await other_store.decide(decision(other))
    await store.decide(decision(room))

    assert await other_store.revision() == 3
    assert await store.changed(0) == {room.id: 3, other.id: 2}
    assert await store.changed(2) == {room.id: 3}


@pytest.mark.slow
async def test_decisions_made_at_once_have_different_revisions(
    store: RightsStore, other_store: RightsStore, room: Room
) -> None:
    each = [one.decide(decision(room)) for one in (store, other_store) * 5]

    await asyncio.gather(*each)

    assert await store.revision() == 10


async def test_what_is_revoked_belongs_to_the_decision(
    store: RightsStore, room: Room, databases: Databases
) -> None:
    revoked = Revoked.because(RemovedFromRoom(), user_id=EVA.user_id, room_id=room.id)

    await store.decide(decision(room, "kick", EVA, grant={"role": "nobody"}, revoked=[revoked]))

    (revision,) = await SqlRevocations(databases[1], SystemClock()).after(0)
    assert revision.revoked == revoked


async def test_a_room_keeps_its_last_owner(store: RightsStore, room: Room) -> None:
    await store.decide(owner(room, ANA))
    with pytest.raises(Forbidden):
        await store.decide(decision(room, "set_role", ANA, grant={"role": "member"}))
    await store.decide(owner(room, EVA))

    await store.decide(decision(room, "set_role", ANA, grant={"role": "member"}))

    grants = (await rights_in(store, room)).grants
    assert {user_id: grant.role for user_id, grant in grants.items()} == {
        ANA.user_id: Role.MEMBER,
        EVA.user_id: Role.OWNER,
    }


@pytest.mark.slow
async def test_two_owners_who_leave_at_once_leave_one_behind(
    store: RightsStore, other_store: RightsStore, room: Room
) -> None:
    for user in (ANA, EVA):
        await store.decide(owner(room, user))

    outcomes = await asyncio.gather(
        store.decide(decision(room, "leave", ANA, grant={"role": None})),
        other_store.decide(decision(room, "leave", EVA, grant={"role": None})),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Forbidden", "NoneType"]


async def test_what_is_refused_is_not_noted(store: RightsStore, room: Room) -> None:
    await store.decide(owner(room, ANA))
    with pytest.raises(Forbidden):
        await store.decide(decision(room, "leave", ANA, grant={"role": None}))

    assert [noted.deed for noted in await store.audit(room.id, before=None, limit=9)] == [
        "set_role"
    ]


async def test_private_rooms_are_told_with_what_was_decided_about_somebody(
    store: RightsStore, room: Room, databases: Databases
) -> None:
    other, _ = await SqlRooms(databases[0], SystemClock()).make("music", name="Music")
    for each in (room, other):
        await store.decide(decision(each, state={"is_private": True}))
    await store.decide(decision(room, "set_role", EVA, grant={"role": "guest"}))

    guest = Grant(user=EVA, role=Role.GUEST)
    assert await store.private_rooms(EVA.user_id) == {room.id: guest, other.id: None}
    assert await store.private_rooms(None) == {room.id: None, other.id: None}


async def test_the_audit_log_is_read_backwards_in_pages(store: RightsStore, room: Room) -> None:
    for number in range(5):
        await store.decide(decision(room, f"deed {number}", EVA, details={"number": number}))

    page = await store.audit(room.id, before=None, limit=2)
    rest = await store.audit(room.id, before=page[-1].id, limit=9)

    assert [noted.deed for noted in (*page, *rest)] == [f"deed {n}" for n in (4, 3, 2, 1, 0)]
    assert (page[0].actor, page[0].target, page[0].details) == (ANA, EVA, {"number": 4})
    assert list(await store.audit(RoomId(9), before=None, limit=9)) == []


async def test_a_person_is_called_what_they_were_last_called(
    store: RightsStore, room: Room, databases: Databases
) -> None:
    members = SqlMembers(databases[0])
    for name, at_ms in (("Ewa", NOON_MS), ("Eva", NOON_MS + 1)):
        user = User(EVA.user_id, name)
        await members.note_sightings([Sighting(room.id, user, is_online=True, at_ms=at_ms)])

    assert await store.name_of(EVA.user_id) == "Eva"
    assert await store.name_of(UserId(99)) is None


async def test_the_servers_owner_is_known(store: RightsStore, databases: Databases) -> None:
    people = SqlPeople(databases[0], SystemClock())
    for user, is_owner in ((ANA, True), (EVA, False)):
        await people.add(Person(user=user, kind=PersonKind.ACCOUNT, is_owner=is_owner))

    owners = [await store.is_server_owner(each.user_id) for each in (ANA, EVA, JUAN)]
    assert owners == [True, False, False]

"""The contract of :class:`roomserver.ports.rights.Invitations`, on every store."""

import asyncio

import pytest

from roomserver.adapters.sql_invitations import SqlInvitations
from roomserver.adapters.sql_people import SqlPeople
from roomserver.adapters.sql_rights import SqlRights
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.core.deeds import Invitation
from roomserver.core.model import Grant, Role, Room, RoomId, User, UserId
from roomserver.core.people import Person, PersonKind
from roomserver.ports.rights import Invitations
from tests.contracts.conftest import Databases
from tests.support.builders import ANA, EVA, JUAN, NOON_MS
from tests.support.fakes import FakeClock

LATER_MS = NOON_MS + 60_000


@pytest.fixture
def invitations(databases: Databases) -> Invitations:
    return SqlInvitations(databases[0], FakeClock())


@pytest.fixture
def other_invitations(databases: Databases) -> Invitations:
    """The same links, through another instance."""
    return SqlInvitations(databases[1], FakeClock())


@pytest.fixture
def rights(databases: Databases) -> SqlRights:
    return SqlRights(databases[0], FakeClock())


@pytest.fixture
async def room(databases: Databases) -> Room:
    made, _is_new = await SqlRooms(databases[0], FakeClock()).make("books", name="Books")
    return made


def to(
    room: Room, *, role: str = "member", uses_max: int = 5, until_ms: int = LATER_MS
) -> Invitation:
    return Invitation(
        id=0,
        room_id=room.id,
        role=role,
        maker=ANA,
        created_at_ms=NOON_MS,
        expires_at_ms=until_ms,
        uses=0,
        uses_max=uses_max,
    )


async def grant_of(rights: SqlRights, room: Room, user: User) -> Grant | None:
    found = await rights.grants(room.id, [user.user_id])
    return found[0] if found else None


async def test_an_invitation_makes_a_member(
    invitations: Invitations, other_invitations: Invitations, rights: SqlRights, room: Room
) -> None:
    made = await invitations.add(to(room), "secret")

    used = await other_invitations.use("secret", EVA, NOON_MS)

    assert made.id > 0
    assert used is not None
    assert (used.id, used.room_id, used.uses) == (made.id, room.id, 1)
    assert await grant_of(rights, room, EVA) == Grant(user=EVA, role=Role.MEMBER)
    assert list(await rights.changed(0)) == [room.id]


async def test_a_wrong_secret_opens_nothing(
    invitations: Invitations, rights: SqlRights, room: Room
) -> None:
    await invitations.add(to(room), "secret")

    assert await invitations.use("Secret", EVA, NOON_MS) is None
    assert await invitations.find("", NOON_MS) is None
    assert await grant_of(rights, room, EVA) is None


async def test_it_is_good_until_it_expires(invitations: Invitations, room: Room) -> None:
    made = await invitations.add(to(room), "secret")

    assert await invitations.find("secret", LATER_MS - 1) == made
    assert await invitations.find("secret", LATER_MS) is None
    assert list(await invitations.listing(room.id, LATER_MS)) == []
    assert await invitations.use("secret", EVA, LATER_MS) is None


async def test_it_is_good_for_so_many_people(invitations: Invitations, room: Room) -> None:
    await invitations.add(to(room, uses_max=1), "secret")

    assert await invitations.use("secret", EVA, NOON_MS) is not None
    assert await invitations.use("secret", JUAN, NOON_MS) is None


async def test_whoever_is_in_already_takes_no_use_and_loses_nothing(
    invitations: Invitations, rights: SqlRights, room: Room
) -> None:
    await invitations.add(to(room, uses_max=2), "member")
    await invitations.add(to(room, role="guest", uses_max=1), "guest")

    for secret in ("member", "member", "guest"):
        assert await invitations.use(secret, EVA, NOON_MS) is not None

    assert [each.uses for each in await invitations.listing(room.id, NOON_MS)] == [0, 1]
    found = await grant_of(rights, room, EVA)
    assert found is not None
    assert found.role is Role.MEMBER


async def test_a_guest_is_known_only_if_they_are_let_in(
    invitations: Invitations, databases: Databases, room: Room
) -> None:
    await invitations.add(to(room, role="guest", uses_max=1), "secret")
    people = SqlPeople(databases[0], FakeClock())

    for user in (EVA, JUAN):
        guest = Person(user=user, kind=PersonKind.GUEST, room_id=room.id)
        await invitations.use("secret", user, NOON_MS, guest=guest)

    assert [each.user for each in await people.listing(PersonKind.GUEST)] == [EVA]


@pytest.mark.slow
async def test_the_last_use_is_one_persons(
    invitations: Invitations, other_invitations: Invitations, room: Room
) -> None:
    await invitations.add(to(room, uses_max=1), "secret")
    people = [User(UserId(number), f"P{number}") for number in range(10, 18)]

    outcomes = await asyncio.gather(
        *(
            (invitations, other_invitations)[place % 2].use("secret", user, NOON_MS)
            for place, user in enumerate(people)
        )
    )

    assert sum(outcome is not None for outcome in outcomes) == 1


async def test_it_can_be_taken_back_by_whoever_names_its_room(
    invitations: Invitations, room: Room
) -> None:
    made = await invitations.add(to(room), "secret")

    assert not await invitations.take_back(RoomId(9), made.id, ANA)
    assert await invitations.take_back(room.id, made.id, ANA)
    assert not await invitations.take_back(room.id, made.id, ANA)
    assert await invitations.use("secret", EVA, NOON_MS) is None


async def test_making_using_and_taking_back_are_noted(
    invitations: Invitations, rights: SqlRights, room: Room
) -> None:
    made = await invitations.add(to(room), "secret")
    await invitations.use("secret", EVA, NOON_MS)
    await invitations.take_back(room.id, made.id, JUAN)

    noted = await rights.audit(room.id, before=None, limit=9)
    assert [(each.deed, each.actor) for each in noted] == [
        ("take_back_invite", JUAN),
        ("join", EVA),
        ("invite", ANA),
    ]
    assert "secret" not in str(noted)

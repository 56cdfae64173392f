"""What somebody may do in a room: asked once, remembered, kept true."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from roomserver.core.errors import (
    Banned,
    Forbidden,
    RemovedFromRoom,
    RoomError,
    RoomFull,
    RoomNotFound,
    StorageUnavailable,
)
from roomserver.core.model import FOREVER_MS, Caller, Role, RoomId, User, UserId
from roomserver.core.policy import Action
from roomserver.service.rights import BELIEVED_S_MAX, GRANTS_MAX, LOOK_EVERY_S, Rights, Stay
from tests.support.builders import ANA, EVA, JUAN, OTHER_ROOM, ROOM
from tests.support.fake_rights import FakeRights
from tests.support.fakes import FakeClock
from tests.support.loops import all_quiet


class House:
    """One instance's rights, and who is in its rooms."""

    def __init__(self, clock: FakeClock) -> None:
        self.store = FakeRights(ROOM, OTHER_ROOM)
        self.clock = clock
        self.here: list[User] = []
        self.rights = Rights(store=self.store, clock=clock, present=self.present)
        self.stack = AsyncExitStack()
        self.shown_out: list[tuple[User, RoomError]] = []

    async def present(self, room_id: RoomId) -> list[User]:
        return self.here

    async def let_in(self, user: User) -> Stay:
        stay = await self.stack.enter_async_context(self.rights.staying(ROOM.id, Caller(user=user)))
        stay.lost = lambda error: self.shown_out.append((user, error))
        return stay

    async def pass_time(self, seconds: float) -> None:
        """Let the time pass, on the loop and on the clock."""
        for _ in range(round(seconds / 0.5)):
            self.clock.advance(0.5)
            await asyncio.sleep(0.5)


@pytest.fixture
async def house(clock: FakeClock) -> AsyncIterator[House]:
    house = House(clock)
    async with house.rights.running(), house.stack:
        yield house


async def test_anybody_may_enter_an_open_room(house: House) -> None:
    stay = await house.let_in(ANA)

    assert stay.standing.role is Role.MEMBER
    assert (await house.rights.check(ROOM.id, Caller(user=ANA), Action.READ)).role is Role.MEMBER


async def test_a_private_room_is_none_to_whoever_is_not_in_it(house: House) -> None:
    house.store.set(ROOM, is_private=True)
    house.store.set(ROOM, EVA, role=Role.GUEST)

    with pytest.raises(RoomNotFound):
        await house.let_in(ANA)
    with pytest.raises(RoomNotFound):
        await house.rights.check(RoomId(99), Caller(user=ANA), Action.READ)
    assert (await house.let_in(EVA)).standing.role is Role.GUEST


async def test_the_database_is_asked_once_for_many(house: House) -> None:
    for user in (ANA, EVA, JUAN):
        await house.let_in(user)

    assert house.store.questions.count(f"room {ROOM.id}") == 1


async def test_what_another_instance_decides_counts_within_two_seconds(house: House) -> None:
    stay = await house.let_in(ANA)

    house.store.set(ROOM, ANA, muted_until_ms=FOREVER_MS)
    await house.pass_time(2 * LOOK_EVERY_S)

    with pytest.raises(Forbidden):
        stay.check(Action.POST, house.clock.now_ms())
    stay.check(Action.READ, house.clock.now_ms())
    assert house.shown_out == []


@pytest.mark.parametrize(
    "decide",
    [
        lambda store: store.set(ROOM, ANA, banned_until_ms=FOREVER_MS),
        lambda store: store.set(ROOM, is_private=True),
        lambda store: store.states.pop(ROOM.id) and store.revisions.update({ROOM.id: 9}),
    ],
    ids=["banned", "made private", "gone"],
)
async def test_whoever_may_not_stay_is_shown_out_within_two_seconds(
    house: House, decide: object
) -> None:
    await house.let_in(ANA)
    assert callable(decide)

    decide(house.store)
    await house.pass_time(2 * LOOK_EVERY_S)

    ((user, error),) = house.shown_out
    assert user == ANA
    assert isinstance(error, RemovedFromRoom | RoomNotFound | Banned)


async def test_those_who_may_stay_hear_nothing(house: House) -> None:
    house.store.set(ROOM, EVA, role=Role.MEMBER)
    await house.let_in(ANA)
    await house.let_in(EVA)

    house.store.set(ROOM, is_private=True)
    await house.pass_time(2 * LOOK_EVERY_S)
    await house.pass_time(2 * LOOK_EVERY_S)

    assert [user for user, _error in house.shown_out] == [ANA]


async def test_a_decision_while_somebody_comes_in_is_not_missed(house: House) -> None:
    house.store.reading.shut()
    coming = asyncio.create_task(house.let_in(ANA))
    await all_quiet()

    house.store.set(ROOM, ANA, banned_until_ms=FOREVER_MS)
    refreshing = asyncio.create_task(house.rights.refresh(ROOM.id))
    await all_quiet()
    house.store.reading.open()
    await refreshing

    with pytest.raises(Banned):
        await coming


async def test_an_answer_from_before_a_decision_is_not_remembered(house: House) -> None:
    house.store.reading.shut()
    asking = asyncio.create_task(house.rights.standing(ROOM.id, Caller(user=ANA)))
    await all_quiet()
    house.store.set(ROOM, ANA, banned_until_ms=FOREVER_MS)
    await house.rights.refresh(ROOM.id)
    house.store.reading.open()
    await asking

    with pytest.raises(Banned):
        await house.rights.check(ROOM.id, Caller(user=ANA), Action.ENTER)


async def test_nothing_is_believed_that_could_not_be_looked_at(house: House) -> None:
    await house.rights.check(ROOM.id, Caller(user=ANA), Action.READ)
    house.store.is_away = True

    await house.pass_time(BELIEVED_S_MAX)

    with pytest.raises(StorageUnavailable):
        await house.rights.check(ROOM.id, Caller(user=ANA), Action.READ)


async def test_what_could_not_be_looked_at_is_looked_at_later(house: House) -> None:
    await house.let_in(ANA)
    house.store.is_away = True
    house.store.set(ROOM, ANA, banned_until_ms=FOREVER_MS)
    await house.pass_time(3 * LOOK_EVERY_S)

    house.store.is_away = False
    await house.pass_time(2 * LOOK_EVERY_S)

    assert [user for user, _error in house.shown_out] == [ANA]


async def test_of_a_full_room_each_person_is_asked_for(house: House) -> None:
    for number in range(GRANTS_MAX + 1):
        house.store.set(ROOM, User(UserId(1_000 + number), "P"), role=Role.MEMBER)
    house.store.set(ROOM, ANA, role=Role.MODERATOR)

    stay = await house.let_in(ANA)
    house.store.set(ROOM, ANA, role=Role.MEMBER)
    await house.pass_time(2 * LOOK_EVERY_S)

    assert stay.standing.role is Role.MEMBER
    assert f"grants [{ANA.user_id}]" in house.store.questions


async def test_a_full_room_lets_nobody_else_in(house: House) -> None:
    house.store.set(ROOM, people_max=2)
    house.here = [JUAN]
    await house.let_in(ANA)

    with pytest.raises(RoomFull):
        await house.let_in(EVA)
    await house.let_in(ANA)
    await house.let_in(JUAN)


async def test_however_many_come_at_once_a_room_is_not_overfilled(house: House) -> None:
    house.store.set(ROOM, people_max=3)
    crowd = [User(UserId(number), f"P{number}") for number in range(10, 20)]

    outcomes = await asyncio.gather(*(house.let_in(user) for user in crowd), return_exceptions=True)

    assert sum(isinstance(outcome, Stay) for outcome in outcomes) == 3


async def test_a_full_room_lets_its_moderators_in(house: House) -> None:
    house.store.set(ROOM, people_max=1)
    house.store.set(ROOM, EVA, role=Role.MODERATOR)
    await house.let_in(ANA)

    assert (await house.let_in(EVA)).is_in


async def test_what_somebody_sees_of_all_rooms(house: House) -> None:
    house.store.set(ROOM, is_private=True)
    house.store.set(ROOM, EVA, role=Role.MEMBER)

    for caller, seen in [
        (Caller(user=ANA), [OTHER_ROOM.id]),
        (Caller(user=EVA), [ROOM.id, OTHER_ROOM.id]),
        (Caller(user=ANA, is_owner=True), [ROOM.id, OTHER_ROOM.id]),
        (Caller(user=EVA, rooms=frozenset({ROOM.id})), [ROOM.id]),
    ]:
        sees = await house.rights.sees(caller)
        assert [room.id for room in (ROOM, OTHER_ROOM) if sees(room.id)] == seen


async def test_without_private_rooms_nobody_is_asked_for(house: House) -> None:
    for user in (ANA, EVA):
        await house.rights.sees(Caller(user=user))

    assert house.store.questions == ["private rooms of None"]


async def test_a_room_that_becomes_private_is_seen_no_more(house: House) -> None:
    await house.rights.sees(Caller(user=ANA))

    house.store.set(ROOM, is_private=True)
    await house.pass_time(2 * LOOK_EVERY_S)

    assert not (await house.rights.sees(Caller(user=ANA)))(ROOM.id)

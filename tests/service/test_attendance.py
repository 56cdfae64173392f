import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from roomserver.core.model import RoomId, User, UserId
from roomserver.ports.presence import Change
from roomserver.service.attendance import Attendance
from roomserver.service.register import Register
from tests.support.audience import Audience
from tests.support.builders import ANA, JUAN, OTHER_ROOM, ROOM
from tests.support.fake_members import FakeMembers
from tests.support.fakes import FakeClock, Gate
from tests.support.loops import all_quiet

RENAMED = User(ANA.user_id, "Ana María")


class FakePresence:
    """A :class:`~roomserver.ports.presence.Presence` with people on other instances."""

    def __init__(self) -> None:
        self.here: dict[RoomId, dict[UserId, User]] = {}
        self.elsewhere: set[UserId] = set()
        self.lost: list[Change] = []
        """What the next :meth:`look_after` finds out."""

        self.answering = Gate()
        self.questions = 0
        """How often it was asked for everybody."""

    async def arrive(self, room_id: RoomId, user: User) -> bool:
        await self.answering.passed()
        people = self.here.setdefault(room_id, {})
        is_new = user.user_id not in people and user.user_id not in self.elsewhere
        people[user.user_id] = user
        return is_new

    async def depart(self, room_id: RoomId, user: User) -> bool:
        await self.answering.passed()
        self.here.get(room_id, {}).pop(user.user_id, None)
        return user.user_id not in self.elsewhere

    async def present(self, room_id: RoomId) -> Sequence[User]:
        self.questions += 1
        await self.answering.passed()
        return list(self.here.get(room_id, {}).values())

    async def look_after(self, room_ids: Sequence[RoomId]) -> Sequence[Change]:
        lost, self.lost = self.lost, []
        return lost


class Scene:
    """The attendance of one instance, and what its rooms are told."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.audience = Audience()
        self.presence = FakePresence()
        self.members = FakeMembers()
        self.register = Register(members=self.members, audience=self.audience, clock=clock)
        self.attendance = Attendance(
            presence=self.presence, audience=self.audience, register=self.register, clock=clock
        )

    async def arrive(self, user: User = ANA) -> None:
        await self.attendance.arrive(ROOM.id, user)

    async def depart(self, user: User = ANA, *, is_clean: bool = True) -> None:
        self.attendance.depart(ROOM.id, user, is_clean=is_clean)
        await all_quiet()

    async def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await all_quiet()

    def type(self, user: User = ANA, *, is_typing: bool = True) -> None:
        self.attendance.set_typing(ROOM.id, user, is_typing=is_typing)

    @property
    def told(self) -> list[str]:
        """What the room was told, in words such as ``user_joined Ana``."""
        return [f"{told.type} {told.content['username']}" for told in self.audience.told]

    @property
    def typing(self) -> list[bool]:
        return [told.content["is_typing"] for told in self.audience.told if told.type == "typing"]


@pytest.fixture
async def scene(clock: FakeClock) -> AsyncIterator[Scene]:
    scene = Scene(clock)
    async with scene.attendance.running():
        yield scene


async def test_a_room_hears_once_of_a_person_however_many_tabs_they_open(scene: Scene) -> None:
    for _ in range(3):
        await scene.arrive()

    assert scene.told == ["user_joined Ana"]


async def test_whoever_is_told_about_is_not_told(scene: Scene) -> None:
    await scene.arrive()
    scene.type()
    await scene.depart()

    assert {told.parcel.not_for for told in scene.audience.told} == {ANA.user_id}


async def test_a_clean_goodbye_is_told_at_once_with_its_time(scene: Scene) -> None:
    await scene.arrive()
    scene.clock.advance(1.5)

    await scene.depart(is_clean=True)

    assert scene.told == ["user_joined Ana", "user_left Ana"]
    assert scene.audience.told[-1].content["last_seen"] == "2026-11-24T12:00:01.500Z"


async def test_a_goodbye_is_told_when_the_last_tab_is_closed(scene: Scene) -> None:
    for _ in range(2):
        await scene.arrive()

    await scene.depart()
    after_one = list(scene.told)
    await scene.depart()

    assert after_one == ["user_joined Ana"]
    assert scene.told == ["user_joined Ana", "user_left Ana"]


async def test_a_broken_connection_is_told_only_after_five_seconds(scene: Scene) -> None:
    await scene.arrive()
    await scene.depart(is_clean=False)

    await scene.wait(4.9)
    before = list(scene.told)
    await scene.wait(0.1)

    assert before == ["user_joined Ana"]
    assert scene.told == ["user_joined Ana", "user_left Ana"]


async def test_nobody_hears_of_a_broken_connection_that_comes_back_in_time(scene: Scene) -> None:
    await scene.arrive()
    await scene.depart(is_clean=False)
    await scene.wait(4.9)

    await scene.arrive()
    await scene.wait(60)

    assert scene.told == ["user_joined Ana"]
    assert scene.clock.timers == []


async def test_each_break_has_its_own_five_seconds(scene: Scene) -> None:
    await scene.arrive()
    for _ in range(5):
        await scene.depart(is_clean=False)
        await scene.wait(3)
        await scene.arrive()

    assert scene.told == ["user_joined Ana"]


async def test_whoever_is_gone_for_good_may_come_back(scene: Scene) -> None:
    for _ in range(2):
        await scene.arrive()
        await scene.depart()

    assert scene.told == ["user_joined Ana", "user_left Ana"] * 2


async def test_a_new_name_is_told(scene: Scene) -> None:
    await scene.arrive(ANA)

    await scene.arrive(RENAMED)
    await scene.depart(RENAMED)
    await scene.depart(RENAMED)

    assert scene.told == ["user_joined Ana", "user_joined Ana María", "user_left Ana María"]


async def test_who_is_present_is_asked_of_all_instances(scene: Scene) -> None:
    await scene.arrive(JUAN)
    await scene.arrive(ANA)

    present = await scene.attendance.present(ROOM.id)

    assert present == [JUAN, ANA]
    assert await scene.attendance.present(OTHER_ROOM.id) == []


async def test_a_person_who_is_on_another_instance_too_neither_joins_nor_leaves(
    scene: Scene,
) -> None:
    scene.presence.elsewhere = {ANA.user_id}

    await scene.arrive()
    await scene.depart()

    assert scene.told == []


async def test_coming_back_while_leaving_is_told_in_its_order(scene: Scene) -> None:
    await scene.arrive()
    scene.presence.answering.shut()
    await scene.depart()

    back = asyncio.create_task(scene.arrive())
    await all_quiet()
    scene.presence.answering.open()
    await back

    assert scene.told == ["user_joined Ana", "user_left Ana", "user_joined Ana"]
    assert await scene.attendance.present(ROOM.id) == [ANA]


async def test_whoever_came_back_while_leaving_can_leave_again(scene: Scene) -> None:
    await scene.arrive()
    scene.presence.answering.shut()
    await scene.depart()
    back = asyncio.create_task(scene.arrive())
    await all_quiet()
    scene.presence.answering.open()
    await back

    await scene.depart()

    assert scene.told[-1] == "user_left Ana"
    assert await scene.attendance.present(ROOM.id) == []


async def test_nobody_hears_of_a_page_that_is_loaded_anew(scene: Scene) -> None:
    await scene.arrive()

    scene.attendance.depart(ROOM.id, ANA, is_clean=True)
    await scene.arrive()
    await all_quiet()

    assert scene.told == ["user_joined Ana"]


async def test_leaving_while_arriving_leaves_no_ghost(scene: Scene) -> None:
    scene.presence.answering.shut()
    arriving = asyncio.create_task(scene.arrive())
    await all_quiet()

    await scene.depart()
    scene.presence.answering.open()
    await arriving
    await all_quiet()

    assert scene.told == ["user_joined Ana", "user_left Ana"]
    assert await scene.attendance.present(ROOM.id) == []


async def test_people_of_an_instance_that_crashed_are_told_of(scene: Scene) -> None:
    await scene.arrive(ANA)
    scene.presence.lost = [
        Change(ROOM.id, JUAN, is_here=False),
        Change(OTHER_ROOM.id, JUAN, is_here=True),
    ]

    await asyncio.sleep(10)

    assert scene.told == ["user_joined Ana", "user_left Juan", "user_joined Juan"]


async def test_typing_is_told_to_the_others_and_ends_when_it_is_said_to(scene: Scene) -> None:
    await scene.arrive()

    scene.type(is_typing=True)
    scene.type(is_typing=False)
    await scene.wait(60)

    assert scene.typing == [True, False]


async def test_typing_ends_by_itself_after_six_seconds(scene: Scene) -> None:
    await scene.arrive()
    scene.type()

    await scene.wait(5.9)
    before = list(scene.typing)
    await scene.wait(0.1)

    assert before == [True]
    assert scene.typing == [True, False]


async def test_whoever_goes_on_typing_is_typing_for_longer(scene: Scene) -> None:
    await scene.arrive()

    for _ in range(5):
        scene.type()
        await scene.wait(3)

    assert False not in scene.typing


async def test_having_stopped_is_told_once(scene: Scene) -> None:
    await scene.arrive()

    for _ in range(3):
        scene.type(is_typing=False)

    assert scene.typing == []


async def test_whoever_leaves_while_typing_types_no_more(scene: Scene) -> None:
    await scene.arrive()
    scene.type()

    await scene.depart()
    await scene.wait(60)

    assert scene.told == ["user_joined Ana", "typing Ana", "typing Ana", "user_left Ana"]
    assert scene.typing == [True, False]


async def test_whoever_is_not_here_does_not_type(scene: Scene) -> None:
    scene.type()

    assert scene.told == []


async def test_closing_tells_nobody_and_leaves_nothing_to_go_off(scene: Scene) -> None:
    await scene.arrive(ANA)
    await scene.arrive(JUAN)
    scene.type(ANA)
    await scene.depart(JUAN, is_clean=False)
    told = list(scene.told)

    scene.attendance.close()
    await scene.depart(ANA, is_clean=False)
    await scene.wait(60)

    assert scene.told == told
    assert scene.clock.timers == []


async def test_nothing_is_kept_about_those_who_have_gone(scene: Scene) -> None:
    for number in range(100):
        visitor = User(UserId(number), "Visitor")
        await scene.arrive(visitor)
        await scene.depart(visitor)

    assert not scene.attendance._rooms
    assert not scene.attendance._tasks


async def test_when_somebody_came_and_went_is_noted(scene: Scene) -> None:
    await scene.arrive()
    await scene.register.write()
    scene.clock.advance(1)
    await scene.depart()
    await scene.register.write()

    came, went = scene.members.sightings
    assert (came.user, came.is_online) == (ANA, True)
    assert (went.user, went.is_online) == (ANA, False)
    assert went.at_ms == came.at_ms + 1_000


async def test_whoever_stays_on_another_instance_is_noted_as_here(scene: Scene) -> None:
    scene.presence.elsewhere = {ANA.user_id}
    await scene.arrive()
    scene.clock.advance(1)

    await scene.depart()
    await scene.register.write()

    [sighting] = scene.members.sightings
    assert (sighting.is_online, sighting.at_ms) == (True, scene.clock.now_ms())


async def test_many_who_ask_at_once_who_is_here_are_answered_together(scene: Scene) -> None:
    await scene.arrive()
    scene.presence.answering.shut()

    asking = [asyncio.create_task(scene.attendance.present(ROOM.id)) for _ in range(100)]
    await all_quiet()
    scene.presence.answering.open()

    assert {user for answer in asyncio.as_completed(asking) for user in await answer} == {ANA}
    assert scene.presence.questions <= 2

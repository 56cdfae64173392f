import asyncio
from collections.abc import AsyncIterator

import pytest

from roomserver.core.errors import StorageUnavailable
from roomserver.core.model import EntryId, Seq, User
from roomserver.service.register import WRITE_EVERY_S, Register
from tests.support.audience import Audience
from tests.support.builders import ANA, JUAN, ROOM
from tests.support.fake_members import FakeMembers
from tests.support.fakes import FakeClock
from tests.support.loops import all_quiet


class Scene:
    """The register of one instance. Message 1007 is entry 7."""

    def __init__(self, clock: FakeClock) -> None:
        self.audience = Audience()
        self.members = FakeMembers()
        self.register = Register(members=self.members, audience=self.audience, clock=clock)

    def read(self, seq: int, user: User = ANA) -> None:
        self.register.has_read(ROOM.id, user, EntryId(1_000 + seq))

    async def mark_of(self, user: User = ANA) -> int:
        return await self.register.read_up_to(ROOM.id, user.user_id)

    @property
    def told(self) -> list[str]:
        """The read marks that the room was told of."""
        return [f"{each.content['username']} {each.content['seq']}" for each in self.audience.told]

    @property
    def written(self) -> list[list[int]]:
        """The numbers of the readings of each write."""
        return [
            [reading.message_id - 1_000 for reading in batch] for batch in self.members.readings
        ]


@pytest.fixture
async def scene(clock: FakeClock) -> AsyncIterator[Scene]:
    scene = Scene(clock)
    async with scene.register.running():
        yield scene


async def test_what_is_read_within_a_second_is_one_write_and_one_event_for_each_person(
    scene: Scene,
) -> None:
    for seq in range(1, 101):
        scene.read(seq, ANA)
        scene.read(seq, JUAN)

    await asyncio.sleep(WRITE_EVERY_S)
    await all_quiet()

    assert scene.written == [[100, 100]]
    assert scene.told == ["Ana 100", "Juan 100"]


async def test_the_furthest_one_counts_whatever_order_they_come_in(scene: Scene) -> None:
    for seq in (3, 7, 5):
        scene.read(seq)

    await scene.register.write()

    assert scene.written == [[7]]


async def test_a_mark_that_did_not_move_is_not_told(scene: Scene) -> None:
    for seq in (7, 7, 3):
        scene.read(seq)
        await scene.register.write()

    assert scene.told == ["Ana 7"]


async def test_nobody_is_told_of_a_mark_before_it_is_written(scene: Scene) -> None:
    scene.members.writing.shut()
    scene.read(7)

    await asyncio.sleep(10 * WRITE_EVERY_S)
    before = list(scene.told)
    scene.members.writing.open()
    await all_quiet()

    assert before == []
    assert scene.told == ["Ana 7"]


async def test_what_could_not_be_written_is_written_later(scene: Scene) -> None:
    scene.members.failure = StorageUnavailable()
    scene.read(7)
    scene.register.saw(ROOM.id, JUAN, is_online=True)
    await asyncio.sleep(10 * WRITE_EVERY_S)

    scene.members.failure = None
    await asyncio.sleep(WRITE_EVERY_S)
    await all_quiet()

    assert scene.told == ["Ana 7"]
    assert [sighting.user for sighting in scene.members.sightings] == [JUAN]


async def test_what_is_kept_for_later_never_goes_back(scene: Scene) -> None:
    scene.members.writing.shut()
    scene.read(7)
    writing = asyncio.create_task(scene.register.write())
    await all_quiet()
    scene.read(3)
    scene.members.failure = StorageUnavailable()
    scene.members.writing.open()
    await writing

    scene.members.failure = None
    await scene.register.write()

    assert scene.written == [[7]]


async def test_a_newer_sighting_is_kept_before_one_that_could_not_be_written(scene: Scene) -> None:
    scene.members.writing.shut()
    scene.register.saw(ROOM.id, ANA, is_online=True)
    writing = asyncio.create_task(scene.register.write())
    await all_quiet()
    scene.register.saw(ROOM.id, ANA, is_online=False)
    scene.members.failure = StorageUnavailable()
    scene.members.writing.open()
    await writing

    scene.members.failure = None
    await scene.register.write()

    assert [sighting.is_online for sighting in scene.members.sightings] == [False]


async def test_whoever_comes_back_finds_what_they_have_just_read(scene: Scene) -> None:
    scene.read(7)

    mark = await scene.mark_of()

    assert mark == 7


async def test_whoever_comes_back_while_it_is_written_finds_it_too(scene: Scene) -> None:
    scene.members.writing.shut()
    scene.read(7)
    writing = asyncio.create_task(scene.register.write())
    await all_quiet()

    asking = asyncio.create_task(scene.mark_of())
    await all_quiet()
    scene.members.writing.open()
    await writing

    assert await asking == 7


async def test_a_crowd_that_comes_back_is_one_question(scene: Scene) -> None:
    scene.members.marks = {(ROOM.id, ANA.user_id): Seq(7), (ROOM.id, JUAN.user_id): Seq(3)}

    marks = await asyncio.gather(*(scene.mark_of(user) for user in (ANA, JUAN) * 100))

    assert marks == [7, 3] * 100
    assert scene.members.questions == 1


async def test_whoever_has_read_nothing_is_at_the_beginning(scene: Scene) -> None:
    assert await scene.mark_of() == 0


async def test_marks_that_cannot_be_read_are_a_refusal(scene: Scene) -> None:
    scene.members.failure = StorageUnavailable()

    with pytest.raises(StorageUnavailable):
        await scene.mark_of()


async def test_what_was_gathered_last_is_written_at_the_end(clock: FakeClock) -> None:
    scene = Scene(clock)

    async with scene.register.running():
        scene.read(7)

    assert scene.written == [[7]]


async def test_what_is_being_written_at_the_end_is_not_lost(clock: FakeClock) -> None:
    scene = Scene(clock)

    async with scene.register.running():
        scene.members.writing.shut()
        scene.read(7)
        scene.register.saw(ROOM.id, ANA, is_online=True)
        await asyncio.sleep(2 * WRITE_EVERY_S)
        asyncio.get_running_loop().call_later(1, scene.members.writing.open)

    assert scene.written == [[7]]
    assert len(scene.members.sightings) == 1


async def test_what_cannot_be_written_by_a_bug_keeps_nothing_else_from_being_written(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.members.failure = ZeroDivisionError()
    scene.register.saw(ROOM.id, ANA, is_online=True)
    await scene.register.write()
    scene.members.failure = None

    scene.register.saw(ROOM.id, JUAN, is_online=True)
    await scene.register.write()

    assert [sighting.user for sighting in scene.members.sightings] == [JUAN]
    [record] = caplog.records
    assert record.exc_info
